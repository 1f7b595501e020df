import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis, type RedisOptions } from 'ioredis';
import type { RedisTls } from '../client.ts';

/** The settings that the repository recommends. */
const SETTINGS = join(import.meta.dirname, '../../../../infra/redis/redis.conf');
export const USERS = join(import.meta.dirname, '../../../../infra/redis/users.acl');

/** Programs of the system. */
const REDIS_SERVER = 'redis-server';
const OPENSSL = 'openssl';

const READY_MS_MAX = 20_000;
const START_ATTEMPTS = 5;

/** A real redis-server of this process alone, in a folder of its own, with the repository's settings. */
export interface TestServer {
  readonly port: number;
  readonly url: string;
  /** A client to look and meddle with. */
  readonly client: Redis;
  /** Ends the process at once, as a crash does. */
  kill(): Promise<void>;
  /** Starts it again with the same data, after `kill`. */
  start(): Promise<void>;
  /** Ends the process and removes its data. */
  close(): Promise<void>;
}

export interface TestServerOptions {
  /** Settings beyond the repository's, such as `['--maxmemory', '10mb']`. */
  readonly settings?: readonly string[];
  readonly client?: RedisOptions;
}

export function startRedisServer(options: TestServerOptions): Promise<TestServer> {
  return onFreePorts(() => tryRedisServer(options));
}

/** A port that was free may be taken by the time it is used: then others are tried. */
async function onFreePorts<Server>(start: () => Promise<Server>): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      if (attempt === START_ATTEMPTS || !String(error).includes('Address already in use')) throw error;
    }
  }
}

async function tryRedisServer({ settings = [], client: options = {} }: TestServerOptions): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-redis-'));
  const port = await freePort();
  const client = new Redis({
    host: '127.0.0.1',
    port,
    lazyConnect: true,
    retryStrategy: () => 50,
    maxRetriesPerRequest: null,
    ...options,
  });
  client.on('error', () => {});
  const where = options.tls === undefined ? ['--port', port] : ['--port', 0, '--tls-port', port];
  const args = [SETTINGS, ...where, '--dir', folder, '--logfile', join(folder, 'log'), ...settings].map(String);
  let child = launch(args);
  const server: TestServer = {
    port,
    url: `${options.tls === undefined ? 'redis' : 'rediss'}://127.0.0.1:${port}`,
    client,
    async kill() {
      child.end();
      await child.ended;
    },
    async start() {
      child = launch(args);
      await waitUntilReady(client, folder, child);
    },
    async close() {
      client.disconnect();
      await server.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await waitUntilReady(client, folder, child);
  } catch (error) {
    await server.close();
    throw error;
  }
  return server;
}

interface ClusterNode extends TestServer {
  /** Where nodes talk to each other. */
  readonly busPort: number;
}

export interface TestCluster {
  readonly nodes: readonly ClusterNode[];
  readonly url: string;
  close(): Promise<void>;
}

/** A cluster of three primaries with equal ranges of slots. */
export async function startRedisCluster({ settings = [], client }: TestServerOptions = {}): Promise<TestCluster> {
  const options = { settings, ...(client === undefined ? {} : { client }) };
  const nodes = await Promise.all([startNode(options), startNode(options), startNode(options)]);
  const ranges = [
    [0, 5_460],
    [5_461, 10_922],
    [10_923, 16_383],
  ] as const;
  for (const [i, { client }] of nodes.entries()) {
    await client.call('CLUSTER', 'SET-CONFIG-EPOCH', i + 1);
    await client.call('CLUSTER', 'ADDSLOTSRANGE', ...(ranges[i] ?? []));
    if (i > 0) await meet(client, nodes[0]);
  }
  for (const node of nodes) await waitFor(() => isWhole(node, nodes.length));
  return {
    nodes,
    url: `${client?.tls === undefined ? 'redis' : 'rediss'}://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    close: async () => {
      await Promise.all(nodes.map((node) => node.close()));
    },
  };
}

/** Adds a replica that takes over when `primary` goes away; resolves once it has the data. Its caller closes it. */
export async function startReplica(primary: ClusterNode): Promise<TestServer> {
  const replica = await startNode({ settings: ['--cluster-replica-validity-factor', '0'] });
  await meet(replica.client, primary);
  await waitFor(() => isWhole(replica, 4));
  await replica.client.call('CLUSTER', 'REPLICATE', String(await primary.client.call('CLUSTER', 'MYID')));
  await waitFor(async () => (await replica.client.info('replication')).includes('master_link_status:up'));
  return replica;
}

/** A self-signed certificate for 127.0.0.1, its own authority, and the settings of a server that asks clients for one. */
export function makeTestTls(): {
  readonly tls: { readonly [Part in keyof RedisTls]: string };
  readonly settings: string[];
  remove(): void;
} {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-tls-'));
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
  const made = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', certificate];
  execFileSync(OPENSSL, ['req', ...made, ...subject], { stdio: 'ignore' });
  const [keyText, certificateText] = [readFileSync(key, 'utf8'), readFileSync(certificate, 'utf8')];
  const files = ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', certificate];
  return {
    tls: { ca: certificateText, certificate: certificateText, key: keyText },
    settings: [...files, '--tls-auth-clients', 'yes'],
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Resolves once `isTrue` is; it is asked again every few ms. */
export async function waitFor(isTrue: () => Promise<boolean> | boolean): Promise<void> {
  const end = performance.now() + READY_MS_MAX;
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error(`what was waited for did not come within ${READY_MS_MAX} ms`);
    await sleep(10);
  }
}

function launch(args: readonly string[]) {
  const server = spawn(REDIS_SERVER, args, { stdio: 'ignore' });
  const hasEnded = () => server.exitCode !== null || server.signalCode !== null;
  const end = (): void => void server.kill('SIGKILL');
  const ended = new Promise<void>((resolve) => {
    server.once('exit', () => resolve());
    server.once('error', () => resolve());
  }).finally(() => process.off('exit', end));
  // A test run that is broken off must leave none behind.
  process.once('exit', end);
  return { end, ended, hasEnded };
}

async function waitUntilReady(client: Redis, folder: string, child: ReturnType<typeof launch>): Promise<void> {
  let log = '';
  await waitFor(async () => {
    if (child.hasEnded()) throw new Error('it ended at once');
    if (client.status === 'wait' || client.status === 'end') client.connect().catch(() => {});
    return client.status === 'ready' && (await client.ping().catch(() => '')) === 'PONG';
  }).catch((error: unknown) => {
    log = readFileSync(join(folder, 'log'), 'utf8');
    throw new Error(`redis-server did not start: ${String(error)}\n${log}`);
  });
}

function startNode(options: TestServerOptions): Promise<ClusterNode> {
  return onFreePorts(() => tryNode(options));
}

async function tryNode({ settings = [], ...options }: TestServerOptions): Promise<ClusterNode> {
  const busPort = await freePort();
  const timing = ['--cluster-node-timeout', '2000', '--repl-diskless-sync-delay', '0'];
  const cluster = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort)];
  const coverage = ['--cluster-require-full-coverage', 'no'];
  return {
    ...(await tryRedisServer({ settings: [...cluster, ...timing, ...coverage, ...settings], ...options })),
    busPort,
  };
}

async function meet(client: Redis, node: ClusterNode | undefined): Promise<void> {
  await client.call('CLUSTER', 'MEET', '127.0.0.1', node?.port ?? 0, node?.busPort ?? 0);
}

async function isWhole({ client }: TestServer, nodes: number): Promise<boolean> {
  const info = String(await client.call('CLUSTER', ['INFO']));
  return ['cluster_state:ok', `cluster_known_nodes:${nodes}`, 'cluster_slots_ok:16384'].every((part) =>
    info.includes(part),
  );
}

async function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = createServer();
  server.once('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    server.close(() => resolve(port));
  });
  return promise;
}
