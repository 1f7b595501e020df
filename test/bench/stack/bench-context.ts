import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodePolicy, type SchemaIds } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { defaultPolicy, policyDocument } from '@tidemark/policy';
import { readServiceSettings, type ServiceSettings, type Waiting } from '@tidemark/runtime';
import { applyLayout, schemaIdsThere } from '@tidemark/runtime/remote';
import type { Stack } from '@tidemark/stack';
import type { EventLog } from '@tidemark/stream';
import { RemotePipeline } from '../../stack/remote-pipeline.ts';
import type { Variables } from '../../stack/service-process.ts';

export const LANES = 12;

/** What the figures of one bench share. */
export interface BenchContext {
  readonly stack: Stack<'kafka' | 'redis' | 'registry'>;
  readonly runs: number;
  /** Tells what goes on, on stderr. */
  readonly say: (line: string) => void;
}

/** A pipeline with topics and schemas, and nothing in it. */
export interface BenchPipeline {
  readonly namespace: string;
  /** What its services have in their environment. */
  readonly variables: Variables;
  readonly settings: ServiceSettings;
  readonly brokers: readonly string[];
  readonly schemaIds: SchemaIds;
  readonly remote: RemotePipeline;
}

/** Each run has a pipeline of its own, since what a run leaves behind would shorten the next. */
export async function withPipeline<Result>(
  { kafka, redis, registry }: BenchContext['stack'],
  what: string,
  use: (pipeline: BenchPipeline) => Promise<Result>,
): Promise<Result> {
  const namespace = `bench-${what}-${randomUUID().slice(0, 8)}`;
  const variables = {
    TIDEMARK_KAFKA_BROKERS: kafka.brokers.join(','),
    TIDEMARK_REDIS_URL: redis.url,
    TIDEMARK_REGISTRY_URL: registry.url,
    TIDEMARK_NAMESPACE: namespace,
    TIDEMARK_LANES: String(LANES),
  };
  const settings = readServiceSettings(variables, { registry: true });
  await applyLayout(settings, waiting);
  const schemaIds = await schemaIdsThere(settings, waiting);
  const remote = await RemotePipeline.open(variables);
  try {
    return await use({ namespace, variables, settings, brokers: kafka.brokers, schemaIds, remote });
  } finally {
    await remote.close();
  }
}

/** Puts every lane on the wall clock under the default policy, as `tidemark policy apply` does. */
export async function goLive({ schemaIds, remote: { log } }: BenchPipeline): Promise<void> {
  const policy = { number: 1, ...policyDocument(defaultPolicy()) };
  const record = { key: null, value: encodePolicy(schemaIds, policy, Date.now() as TimeMs), headers: {} };
  const writer = await log.writer();
  for (let lane = 0; lane < LANES; lane++) await writer.send('control', lane, [record]);
  await writer.close();
}

export async function expectNoDeadLetters(log: EventLog): Promise<void> {
  for (let lane = 0; lane < log.lanes; lane++) {
    const { end } = await log.bounds('dead-letters', lane);
    if (end > 0) throw new Error(`expected no dead letters, found ${end} in lane ${lane}`);
  }
}

const waiting: Waiting = {
  clock: { now: () => Date.now() as TimeMs, elapsedMs: () => performance.now(), sleep: (ms) => sleep(ms) },
  announcer: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  signal: new AbortController().signal,
};
