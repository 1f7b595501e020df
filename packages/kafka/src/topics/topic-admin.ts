import kafkajs, { type Admin, type ITopicConfig } from 'kafkajs';
import type { Diagnostics } from '../diagnostics.ts';
import { createClient, type KafkaConnection } from '../kafka-connection.ts';
import { asLogError } from '../kafka-error.ts';
import { compareTopics, type FoundTopic, type SettingChange, type TopicComparison } from './compare-topics.ts';
import { createTopics } from './create-topics.ts';
import { layOutTopics, type TopicLayout } from './topic-layout.ts';

export interface TopicOptions {
  readonly connection: KafkaConnection;
  readonly namespace: string;
  readonly lanes: number;
  /** 0: the brokers' `default.replication.factor`. */
  readonly replicationFactor: number;
  readonly diagnostics: Diagnostics;
}

/** Says how the cluster's topics differ from the catalogue. Changes nothing. */
export async function checkTopics(options: TopicOptions): Promise<TopicComparison> {
  return withAdmin(options, 'checking the topics', async (admin) => {
    const layouts = layOutTopics(options.namespace, options.lanes, options.replicationFactor);
    return compareTopics(layouts, await findTopics(admin, layouts));
  });
}

/**
 * Creates what is missing and sets what differs; what it returns was so before. With `problems` it has done nothing: they
 * are for a person to mend. Repeated, it does nothing more.
 */
export async function applyTopics(options: TopicOptions): Promise<TopicComparison> {
  return withAdmin(options, 'creating the topics', async (admin) => {
    const layouts = layOutTopics(options.namespace, options.lanes, options.replicationFactor);
    const found = await findTopics(admin, layouts);
    const comparison = compareTopics(layouts, found);
    if (comparison.problems.length > 0) return comparison;
    if (comparison.missing.length > 0) {
      const created = comparison.missing.map((layout) => asTopicConfig(layout, options.replicationFactor));
      await createTopics(admin, created);
    }
    await changeSettings(admin, comparison.changes, found);
    return comparison;
  });
}

function asTopicConfig({ name, partitions, settings }: TopicLayout, replicationFactor: number): ITopicConfig {
  return {
    topic: name,
    numPartitions: partitions,
    replicationFactor: replicationFactor === 0 ? -1 : replicationFactor,
    configEntries: asEntries(settings),
  };
}

/** Kafka's request replaces all of a topic's own settings, so those that others have set go along. */
async function changeSettings(
  admin: Admin,
  changes: readonly SettingChange[],
  found: ReadonlyMap<string, ClusterTopic>,
): Promise<void> {
  const names = [...new Set(changes.map(({ topic }) => topic))];
  if (names.length === 0) return;
  await admin.alterConfigs({
    validateOnly: false,
    resources: names.map((name) => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name,
      configEntries: asEntries({
        ...found.get(name)?.ownSettings,
        ...Object.fromEntries(changes.filter(({ topic }) => topic === name).map(({ setting, to }) => [setting, to])),
      }),
    })),
  });
}

interface ClusterTopic extends FoundTopic {
  /** Those set for this topic, without the brokers' defaults. */
  readonly ownSettings: Readonly<Record<string, string>>;
}

async function findTopics(admin: Admin, layouts: readonly TopicLayout[]): Promise<Map<string, ClusterTopic>> {
  const existing = new Set(await admin.listTopics());
  const names = layouts.map(({ name }) => name).filter((name) => existing.has(name));
  if (names.length === 0) return new Map();
  const { topics } = await admin.fetchTopicMetadata({ topics: names });
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: names.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
  });
  return new Map(
    topics.map(({ name, partitions }) => {
      const entries = resources.find(({ resourceName }) => resourceName === name)?.configEntries ?? [];
      const own = entries.filter(({ configSource }) => configSource === kafkajs.ConfigSource.TOPIC_CONFIG);
      return [
        name,
        { partitions: partitions.length, settings: asSettings(entries), ownSettings: asSettings(own) },
      ] as const;
    }),
  );
}

function asSettings(entries: readonly { configName: string; configValue: string }[]): Record<string, string> {
  return Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue]));
}

function asEntries(settings: Readonly<Record<string, string>>): { name: string; value: string }[] {
  return Object.entries(settings).map(([name, value]) => ({ name, value }));
}

async function withAdmin<Result>(
  { connection, diagnostics }: TopicOptions,
  doing: string,
  work: (admin: Admin) => Promise<Result>,
): Promise<Result> {
  const admin = createClient(connection, diagnostics).admin();
  try {
    await admin.connect();
    return await work(admin);
  } catch (error) {
    throw asLogError(firstOf(error), doing);
  } finally {
    await admin.disconnect();
  }
}

/** Of topics that could not be created kafkajs tells all reasons in one error, which is none of its usual ones. */
function firstOf(error: unknown): unknown {
  return error instanceof kafkajs.KafkaJSAggregateError ? (error.errors[0] ?? error) : error;
}
