import { connect } from 'node:net';
import type { SchemaIds } from '@tidemark/contracts';
import { type Diagnostics, KafkaLog, RegistrySchemaIds } from '@tidemark/kafka';
import { openRedisStore, type RedisStore } from '@tidemark/redis';
import type { Stack } from '@tidemark/stack';
import { Redis } from 'ioredis';
import kafkajs, { type Admin } from 'kafkajs';
import { applyLayout, variablesFor } from '../stack/deployment.ts';
import { freePort, type Variables } from '../stack/service-process.ts';
import { TcpProxy } from './tcp-proxy.ts';

export type ChaosStack = Stack<'kafka' | 'redis' | 'registry'>;
export type Proxies = Readonly<Record<'kafka' | 'redis' | 'registry', TcpProxy>>;

export const NAMESPACE = 'chaos';
export const SESSION_TIMEOUT_MS = 4_000;
/** An answer that takes longer is given up: the default is meant for a busy server, and a run has little time. */
const COMMAND_TIMEOUT_MS = 3_000;
const LANES = 3;

/** The servers' settings that a run needs. Kafka tells its clients where it is: at the proxy, whose port is chosen before. */
export function stackOptions(kafkaProxyPort: number) {
  return {
    kafkaSettings: { 'advertised.listeners': `PLAINTEXT://127.0.0.1:${kafkaProxyPort}` },
    redisArguments: ['--appendonly', 'yes', '--appendfsync', 'everysec'],
    ways: ['native'],
  } as const;
}

/** Puts a proxy before each server. */
export async function openProxies({ kafka, redis, registry }: ChaosStack, kafkaProxyPort: number): Promise<Proxies> {
  const open = async (address: string | undefined, port?: number) => {
    const proxy = await TcpProxy.listen(port);
    proxy.leadTo(portOf(address ?? ''));
    return proxy;
  };
  return {
    kafka: await open(kafka.brokers[0], kafkaProxyPort),
    redis: await open(redis.url),
    registry: await open(registry.url),
  };
}

/** Creates topics, schemas and the first policy. What every service has in its environment: the proxies' addresses. */
export async function layOut(stack: ChaosStack, { redis, registry }: Proxies): Promise<Variables> {
  const proxied = {
    ...stack,
    redis: { ...stack.redis, url: withPort(stack.redis.url, redis.port) },
    registry: { ...stack.registry, url: withPort(stack.registry.url, registry.port) },
  };
  const variables = variablesFor(proxied, NAMESPACE, {
    TIDEMARK_LANES: String(LANES),
    TIDEMARK_KAFKA_SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS),
    TIDEMARK_REDIS_COMMAND_TIMEOUT_MS: String(COMMAND_TIMEOUT_MS),
    TIDEMARK_QUERY_PORT: String(await freePort()),
  });
  await applyLayout(variables);
  return variables;
}

/** How a run itself reaches the servers. */
export interface Access {
  /** Kafka by way of the proxy, as every client. */
  readonly log: KafkaLog;
  /** Kafka past the proxy. */
  readonly admin: Admin;
  readonly store: RedisStore;
  readonly redis: Redis;
  readonly schemaIds: SchemaIds;
  close(): Promise<void>;
}

export async function openAccess({ kafka, redis, registry }: ChaosStack): Promise<Access> {
  const brokers = [...kafka.brokers];
  const log = new KafkaLog({
    connection: { brokers, clientId: 'chaos', tls: null, sasl: null },
    namespace: NAMESPACE,
    lanes: LANES,
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
    diagnostics: SILENT,
    now: () => Date.now(),
  });
  const admin = new kafkajs.Kafka({
    brokers,
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 2, initialRetryTime: 100 },
    socketFactory: ({ onConnect }) => connect({ host: '127.0.0.1', port: portOf(brokers[0] ?? '') }, onConnect),
  }).admin();
  await admin.connect();
  const store = await openRedisStore({
    url: redis.url,
    mode: 'single',
    namespace: NAMESPACE,
    lanes: LANES,
    onWarning: () => {},
  });
  const client = new Redis(redis.url, { retryStrategy: () => 100 });
  client.on('error', () => {});
  const schemaIds = await RegistrySchemaIds.open({ url: registry.url, auth: null });
  return {
    log,
    admin,
    store,
    redis: client,
    schemaIds,
    async close() {
      client.disconnect();
      store.close();
      await Promise.all([log.close(), admin.disconnect()]);
    },
  };
}

const SILENT: Diagnostics = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function portOf(address: string): number {
  const port = /:(\d+)(?:\/|$)/.exec(address)?.[1];
  if (port === undefined) throw new Error(`expected an address with a port, found ${address}`);
  return Number(port);
}

function withPort(url: string, port: number): string {
  return url.replace(/:\d+(?=\/|$)/, `:${port}`);
}
