import assert from 'node:assert';
import type { Chunk, FacetWrite, OutboxEntry } from '@tidemark/stream';
import type { Argument } from './redis-connection.ts';

/** A script blocks Redis for everyone, some 5 µs a customer. */
const CUSTOMERS_MAX = 2_000;

/** The arguments of `scripts/commit.lua` after service and expected token. */
export function encodeChunk({ token, meta, facets, outbox, trimThrough }: Chunk): Argument[] {
  assert(facets.length <= CUSTOMERS_MAX, `a commit has at most ${CUSTOMERS_MAX} customers`);
  const first = outbox[0]?.sequence ?? 0;
  const args: Argument[] = [token, meta, trimThrough, first, outbox.length, facets.length];
  for (const [i, entry] of outbox.entries()) {
    assert(entry.sequence === first + i, 'outbox sequences are dense');
    pushEntry(args, entry);
  }
  for (const write of facets) pushWrite(args, write);
  return args;
}

/** The token as scripts compare it: nothing is equal to no token but no token. */
export function encodeToken(token: string | null): string {
  return token === null ? '' : `=${token}`;
}

function pushEntry(args: Argument[], { topic, headers, value, key }: OutboxEntry): void {
  args.push(key === null ? 'n' : 'k', topic, JSON.stringify(headers), textOf(value));
  if (key !== null) args.push(textOf(key));
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
function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** The bytes that `encodeChunk` wrote as text. */
export function bytesOf(text: Buffer): Buffer {
  return Buffer.from(text.toString(), 'latin1');
}
