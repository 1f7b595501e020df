import assert from 'node:assert';
import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';
import type { RedisMode } from './server-info.ts';

/** PEM texts. Without `ca` the system's authorities are trusted; `certificate` and `key` say who we are. */
export interface RedisTls {
  readonly ca: string | null;
  readonly certificate: string | null;
  readonly key: string | null;
}

export interface RedisServerOptions {
  /** `redis://host:port`, or `rediss://` for TLS; of a cluster some nodes to find the others by, with commas. */
  readonly url: string;
  readonly mode: RedisMode;
  /** Used with a password only; `default` if it is left out. */
  readonly username?: string;
  readonly password?: string | null;
  readonly tls?: RedisTls;
  /** An answer that takes longer is given up: whether a commit was made is then unknown, and found out by acquiring. */
  readonly commandTimeoutMs?: number;
}

export type RedisClient = Redis | Cluster;

/** The longest script, 2,000 customers, takes some 20 ms; what is beyond is a server that others keep busy. */
const COMMAND_TIMEOUT_MS = 10_000;
const PORT = 6379;
const CONNECT_TIMEOUT_MS = 5_000;
const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 5_000;
/** How often a command follows moved slots or a failover before it fails, 200 ms apart. */
const REDIRECTIONS_MAX = 8;
const REDIRECTION_MS = 200;
/** How soon a node that came back is seen although no command goes to it. */
const SLOTS_REFRESH_MS = 2_000;

/**
 * A client that reconnects for ever with a growing pause, while commands fail at once: the lanes retry by themselves, and
 * nothing queues. A command under way when a connection breaks fails too; none is sent a second time on a new one, except
 * by a cluster's redirections, which the token makes harmless.
 *
 * @param nextDelayMs how long to wait before the next attempt to connect
 */
export function createClient(options: RedisServerOptions, nextDelayMs: () => number): RedisClient {
  const { addresses, isTls } = parseRedisUrl(options.url);
  const { mode, username = 'default', password = null, commandTimeoutMs = COMMAND_TIMEOUT_MS } = options;
  const connection: RedisOptions = {
    ...(password === null ? {} : { username, password }),
    ...(isTls ? { tls: tlsOf(options.tls) } : {}),
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: commandTimeoutMs,
    // A connection that answers nothing is made anew: without this a peer that vanished is noticed after many minutes.
    socketTimeout: 2 * commandTimeoutMs,
    keepAlive: 10_000,
    maxRetriesPerRequest: 0,
    // What a server is like is looked at by `RedisConnection`, which also knows what to say.
    enableReadyCheck: false,
    disableClientInfo: true,
    lazyConnect: true,
  };
  if (mode === 'cluster') {
    const cluster: ClusterOptions = {
      redisOptions: connection,
      clusterRetryStrategy: nextDelayMs,
      enableOfflineQueue: false,
      enableReadyCheck: false,
      maxRedirections: REDIRECTIONS_MAX,
      retryDelayOnFailover: REDIRECTION_MS,
      retryDelayOnClusterDown: REDIRECTION_MS,
      retryDelayOnMoved: 50,
      slotsRefreshTimeout: CONNECT_TIMEOUT_MS,
      slotsRefreshInterval: SLOTS_REFRESH_MS,
      lazyConnect: true,
    };
    return new Cluster(addresses, cluster);
  }
  return new Redis({
    ...connection,
    ...addresses[0],
    enableOfflineQueue: false,
    retryStrategy: nextDelayMs,
    // A primary that became a replica: its name may lead to the new primary.
    reconnectOnError: ({ message }) => message.startsWith('READONLY'),
  });
}

/** Doubles from 100 ms to 5 s, less up to a half by chance, so that many processes do not come at once. */
export function retryDelayMs(attempt: number): number {
  const delayMs = Math.min(RETRY_MS_MIN * 2 ** (attempt - 1), RETRY_MS_MAX);
  return Math.round(delayMs * (1 - Math.random() / 2));
}

/** The servers that a URL names. */
export function parseRedisUrl(url: string): { readonly addresses: Address[]; readonly isTls: boolean } {
  const [, scheme, hosts = ''] = /^(rediss?):\/\/([^@/]+)\/?$/.exec(url) ?? [];
  assert(scheme !== undefined, 'a URL of Redis has redis:// or rediss:// and hosts, no user, password or path');
  const addresses = hosts.split(',').map((host) => {
    const { hostname, port } = new URL(`redis://${host}`);
    return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || PORT) };
  });
  return { addresses, isTls: scheme === 'rediss' };
}

interface Address {
  readonly host: string;
  readonly port: number;
}

function tlsOf({ ca, certificate, key }: RedisTls = NO_TLS): NonNullable<RedisOptions['tls']> {
  return {
    ...(ca === null ? {} : { ca }),
    ...(certificate === null ? {} : { cert: certificate }),
    ...(key === null ? {} : { key }),
  };
}

const NO_TLS: RedisTls = { ca: null, certificate: null, key: null };
