import assert from 'node:assert';
import type { FacetWrite, OutboxEntry, PartCommit } from '@tidemark/stream';
import type { Argument } from './redis-connection.ts';

/** Of all parts: a script blocks Redis for everyone, some 5 µs a customer. */
const CUSTOMERS_MAX = 10_000;

/** Outputs kept as one entry of the stream: each of its own would cost Redis as much as the customer's facet. */
const BLOCK_OUTPUTS_MAX = 100;

/** The arguments of `scripts/commit.lua`. `epoch`: the lane's, if it begins with this commit. */
export function encodeCommit(parts: readonly PartCommit[], epoch: string): Argument[] {
  const customers = parts.reduce((sum, { chunk }) => sum + chunk.facets.length, 0);
  assert(customers <= CUSTOMERS_MAX, `a commit has at most ${CUSTOMERS_MAX} customers in all`);
  const args: Argument[] = [parts.length, epoch];
  const blocks = parts.map(({ chunk }) => blocksOf(chunk.outbox));
  for (const [i, { service, token: expected, chunk }] of parts.entries()) {
    const { token, meta, facets, outbox, trimThrough } = chunk;
    const counts = [outbox[0]?.sequence ?? 0, blocks[i]?.length ?? 0, facets.length];
    args.push(service, encodeToken(expected), token, meta, trimThrough, ...counts);
  }
  for (const [i, { chunk }] of parts.entries()) {
    for (const block of blocks[i] ?? []) pushBlock(args, block);
    for (const write of chunk.facets) pushWrite(args, write);
  }
  return args;
}

/** The token as scripts compare it: nothing is equal to no token but no token. */
export function encodeToken(token: string | null): string {
  return token === null ? '' : `=${token}`;
}

/** Outputs on end that share topic and headers; those of a fold's changes are the same object. */
function blocksOf(outbox: readonly OutboxEntry[]): OutboxEntry[][] {
  const blocks: OutboxEntry[][] = [];
  let block: OutboxEntry[] = [];
  for (const entry of outbox) {
    const last = block.at(-1);
    assert(last === undefined || entry.sequence === last.sequence + 1, 'outbox sequences are dense');
    const follows = last?.topic === entry.topic && last.headers === entry.headers && block.length < BLOCK_OUTPUTS_MAX;
    if (!follows) {
      block = [];
      blocks.push(block);
    }
    block.push(entry);
  }
  return blocks;
}

function pushBlock(args: Argument[], block: readonly OutboxEntry[]): void {
  const [{ topic, headers }, { sequence }] = [block[0], block.at(-1)] as [OutboxEntry, OutboxEntry];
  const sizes = block.flatMap(({ key, value }) => [key === null ? null : key.length, value.length]);
  const parts = block.flatMap(({ key, value }) => (key === null ? [value] : [key, value]));
  args.push(`0-${sequence}`, topic, JSON.stringify(headers), JSON.stringify(sizes), textOf(Buffer.concat(parts)));
}

function pushWrite(args: Argument[], { customerId, facet, timer, label }: FacetWrite): void {
  args.push(codeOf(facet) + codeOf(timer) + codeOf(label), customerId);
  for (const value of [facet, timer, label]) if (value !== undefined && value !== null) args.push(value);
}

function codeOf(value: unknown): string {
  return value === undefined ? 'k' : value === null ? 'r' : 's';
}

/**
 * A character a byte. As text alone a command of thousands of arguments goes out as one string; with a single Buffer among
 * them ioredis makes a piece of each, which took a tenth of a fold's time.
 */
function textOf(bytes: Buffer): string {
  return bytes.toString('latin1');
}

/** The bytes that `encodeCommit` wrote as text. */
export function bytesOf(text: Buffer): Buffer {
  return Buffer.from(text.toString(), 'latin1');
}
