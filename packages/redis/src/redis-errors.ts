import { Fault, OperatingError } from '@tidemark/stream';

/** Redis's own codes that go away by themselves or when an operator acts, and what is to be done. */
const RETRIABLE: Readonly<Record<string, string>> = {
  OOM: 'Its memory is full: raise maxmemory, or give it more of the lanes to other nodes.',
  LOADING: 'It is loading its data.',
  BUSY: 'It is busy with a script of somebody else: SCRIPT KILL ends one that has written nothing.',
  READONLY: 'It is a replica: point Tidemark at the primary.',
  MISCONF: 'It cannot save its data: see its log, and its disk.',
  NOREPLICAS: 'It has too few replicas that are in touch (min-replicas-to-write).',
  MASTERDOWN: 'It is a replica without its primary.',
  CLUSTERDOWN: 'The cluster does not serve all slots: see CLUSTER INFO and CLUSTER NODES.',
  TRYAGAIN: 'The cluster is moving the slot.',
  MOVED: 'It is one node of a cluster: set TIDEMARK_REDIS_MODE=cluster. In cluster mode: the slots are being moved.',
  ASK: 'The cluster is moving the slot.',
  NOAUTH: 'It asks for a password: set TIDEMARK_REDIS_PASSWORD.',
  WRONGPASS: 'Check TIDEMARK_REDIS_USERNAME and TIDEMARK_REDIS_PASSWORD.',
  NOPERM: 'The user lacks a right: infra/redis/users.acl has those that are needed.',
};

/**
 * What a command's failure means: `store-unavailable` where it may go away by itself, a Fault `corrupt-state` where
 * something else wrote to our keys, `state-missing` where it removed some; a bug of ours comes back as it is. ioredis hangs a command's arguments on its errors,
 * which are customers' data, so none of its errors is passed on, not even as a cause.
 */
export function asStoreError(error: unknown, server: string): unknown {
  if (!(error instanceof Error) || error instanceof OperatingError || error instanceof Fault) return error;
  const { message } = error;
  const code = codeOf(message);
  if (code in RETRIABLE || isConnectionError(error)) return unavailable(server, 'an answer', reasonOf(error));
  if (error.name !== 'ReplyError') return error;
  if (code === 'MISSING') return missing(server, firstLine(message).slice(code.length + 1));
  if (code === 'WRONGTYPE' || code === 'TIDEMARK') return foreign(server, firstLine(message));
  return new OperatingError(
    'store-unavailable',
    `Redis at ${server}: expected a result, found: ${firstLine(message)}`,
    {
      retriable: false,
    },
  );
}

/** A retriable error: what was expected of the server, what was found, and what to do. */
export function unavailable(
  server: string,
  expected: string,
  found: string,
  advice: string = adviceOn(found),
): OperatingError {
  const message = `Redis at ${server}: expected ${expected}, found: ${found}. ${advice}`;
  return new OperatingError('store-unavailable', message, { retriable: true });
}

export function foreign(server: string, found: string): Fault {
  return new Fault(
    'corrupt-state',
    `Redis at ${server}: expected keys that Tidemark alone writes, found: ${found}. Nothing was written. Find what else ` +
      'writes in this namespace; then restore a backup, or clear the service and lane to rebuild it from the log.',
  );
}

function missing(server: string, lost: string): Fault {
  return new Fault(
    'state-missing',
    `Redis at ${server}: expected all that was committed of the lane, found missing: ${lost}. Nothing was written, nor ` +
      'published from its absence. Redis has evicted it, or something else removed it: see that neither goes on ' +
      '(maxmemory-policy noeviction), then remove all keys of the namespace, so that the lanes are built again from the log.',
  );
}

/** Why a connection failed, without what was being sent over it. */
export function reasonOf(error: Error): string {
  const inner = 'lastNodeError' in error && error.lastNodeError instanceof Error ? error.lastNodeError : error;
  if (inner instanceof AggregateError && inner.message === '') {
    return inner.errors.map((one) => (one instanceof Error ? one.message : String(one))).join(', ');
  }
  return firstLine(inner.message);
}

const AGAIN = 'If it lasts, check TIDEMARK_REDIS_URL, and TLS on both sides.';

/** What to do about an error of the server or the connection. */
function adviceOn(message: string): string {
  return RETRIABLE[codeOf(message)] ?? AGAIN;
}

function codeOf(message: string): string {
  // Within a script Redis says this without a code.
  if (message.includes("The user executing the script can't")) return 'NOPERM';
  return message.split(' ', 1)[0] ?? '';
}

/** Errors of ioredis and of sockets: the request may or may not have been carried out. */
function isConnectionError(error: Error): boolean {
  if ('syscall' in error || 'code' in error) return true;
  if (error.name === 'MaxRetriesPerRequestError' || error.name === 'ClusterAllFailedError') return true;
  return /^(Connection is closed|Command timed out|Command aborted|Stream isn't writeable|Cluster isn't ready|Cluster is ended|Too many Cluster redirections|Failed to refresh slots|Socket timeout|Socket closed)/.test(
    error.message,
  );
}

function firstLine(message: string): string {
  return (message.split('\n', 1)[0] ?? '').replace(/\.$/, '');
}
