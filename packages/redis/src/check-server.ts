import type { Redis } from 'ioredis';
import { SLOTS } from './key-slot.ts';
import { asStoreError, unavailable } from './redis-errors.ts';
import { judgeServer, type RedisMode } from './server-info.ts';

/**
 * Looks whether a server, or a primary of a cluster, is as it must be. Throws a retriable `OperatingError` where it is
 * not. Resolves to null where it is; and where it cannot be asked, or is cut off from its cluster, to the reason.
 */
export async function checkServer(node: Redis, mode: RedisMode, warn: (message: string) => void): Promise<unknown> {
  const server = addressOf(node);
  let info = '';
  try {
    info = await node.info();
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOPERM'))) return asStoreError(error, server);
    const unknown = 'whether it evicts, and whether it keeps an append-only file';
    warn(`Redis at ${server}: expected to be told ${unknown}, found that the user may not ask: grant INFO.`);
  }
  const { problem, warnings } = judgeServer(info, mode);
  if (problem !== null) throw unavailable(server, problem.expected, problem.found, problem.advice);
  for (const warning of warnings) warn(`Redis at ${server}: ${warning}`);
  const listpackBytes = await askListpackBytes(node);
  if (listpackBytes < LISTPACK_BYTES_MIN) {
    warn(
      `Redis at ${server}: expected hash-max-listpack-value ${LISTPACK_BYTES_MIN} or more, found ${listpackBytes}: customers take ` +
        `more memory than they need. Run CONFIG SET hash-max-listpack-value ${LISTPACK_BYTES_MIN} and CONFIG REWRITE.`,
    );
  }
  return mode === 'cluster' ? checkSlots(node, server) : null;
}

/** What a person, and ioredis, calls a node by. */
export function addressOf({ options }: Redis): string {
  return `${options.host}:${options.port}`;
}

/** Up to so many bytes a facet is kept in one compact piece with the customer's others: see infra/redis/redis.conf. */
const LISTPACK_BYTES_MIN = 1_024;

/** Infinity where the server does not say: most users may not ask for settings, and need not. */
async function askListpackBytes(node: Redis): Promise<number> {
  const answer = await node.config('GET', 'hash-max-listpack-value').catch(() => null);
  const bytes = Array.isArray(answer) ? Number(answer[1]) : Number.NaN;
  return Number.isNaN(bytes) ? Number.POSITIVE_INFINITY : bytes;
}

async function checkSlots(node: Redis, server: string): Promise<unknown> {
  const info = await node.call('CLUSTER', 'INFO').then(String, (error: unknown) => asStoreError(error, server));
  if (typeof info !== 'string') return info;
  const assigned = /cluster_slots_assigned:(\d+)/.exec(info)?.[1] ?? 'none';
  if (assigned !== String(SLOTS)) {
    throw unavailable(server, `a cluster with ${SLOTS} slots assigned`, assigned, 'See CLUSTER NODES.');
  }
  return info.includes('cluster_state:ok') ? null : unavailable(server, 'cluster_state ok', 'cluster_state fail');
}
