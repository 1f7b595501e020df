import { isLaterRecordType, RAW_RECORD_TYPES } from '@tidemark/contracts';
import {
  applySchemas,
  applyTopics,
  checkTopics,
  type Diagnostics,
  KafkaLog,
  type RegistryConnection,
  RegistrySchemaIds,
  type TopicComparison,
  type TopicOptions,
} from '@tidemark/kafka';
import { openRedisStore, type RedisStore } from '@tidemark/redis';
import type { Clock } from '@tidemark/stream';
import type { Announcer } from './announcer.ts';
import type { ServiceSettings } from './settings.ts';
import { StartRefused } from './start-refused.ts';
import { NotYet, untilThere, type Waiting } from './until-there.ts';

/** The log; it connects when it is first used. */
export function createLog(settings: ServiceSettings, clock: Clock, announcer: Announcer): KafkaLog {
  const { namespace, lanes, kafka } = settings;
  const { connection, sessionTimeoutMs, compression } = kafka;
  return new KafkaLog({
    connection,
    namespace,
    lanes,
    sessionTimeoutMs,
    compression,
    diagnostics: announcer,
    now: () => clock.now(),
  });
}

function topicOptionsOf({ namespace, lanes, kafka }: ServiceSettings, diagnostics: Diagnostics): TopicOptions {
  const { connection, replicationFactor } = kafka;
  return { connection, namespace, lanes, replicationFactor, diagnostics };
}

/** Says how the topics differ from what the pipeline relies on. Changes nothing, and waits for nobody. */
export function compareLayout(settings: ServiceSettings, diagnostics: Diagnostics): Promise<TopicComparison> {
  return checkTopics(topicOptionsOf(settings, diagnostics));
}

/** Resolves once every topic is there and as the pipeline relies on. Throws `StartRefused` where waiting is in vain. */
export function topicsThere(settings: ServiceSettings, waiting: Waiting): Promise<void> {
  return untilThere(async () => {
    const { missing, changes, problems } = await compareLayout(settings, waiting.announcer);
    if (problems.length > 0) throw new StartRefused(problems.join('. '));
    const names = [...missing.map(({ name }) => name), ...changes.map(({ topic, setting }) => `${topic} (${setting})`)];
    if (names.length === 0) return;
    throw new NotYet(
      `expected all topics of ${settings.namespace}, as the pipeline relies on them; missing or different: ` +
        `${names.join(', ')}. Run \`tidemark topics apply\``,
    );
  }, waiting);
}

/** Creates what is missing of topics and schemas, once the servers are there. Throws `StartRefused`. */
export async function applyLayout(settings: ServiceSettings, waiting: Waiting): Promise<void> {
  const { problems } = await untilThere(() => applyTopics(topicOptionsOf(settings, waiting.announcer)), waiting);
  if (problems.length > 0) throw new StartRefused(problems.join('. '));
  const outcomes = await untilThere(() => applySchemas(registryOf(settings)), waiting);
  const refused = outcomes.flatMap((outcome) =>
    'refused' in outcome ? [`${outcome.subject}, version ${outcome.version}: ${outcome.refused}`] : [],
  );
  if (refused.length > 0) throw new StartRefused(`the registry refused schemas: ${refused.join('. ')}`);
}

/** Opens the state, be it there or not. Rejects if it is of another layout or number of lanes. */
export function openStore(
  { namespace, lanes, redis }: ServiceSettings,
  onWarning: (message: string) => void,
): Promise<RedisStore> {
  return openRedisStore({ ...redis, namespace, lanes, onWarning });
}

/** Opens the state and resolves once it can be used. Rejects like `openStore`. */
export async function storeThere(settings: ServiceSettings, waiting: Waiting): Promise<RedisStore> {
  const store = await openStore(settings, (message) => waiting.announcer.warn({}, message));
  try {
    await untilThere(() => store.metas(0), waiting);
    return store;
  } catch (error) {
    store.close();
    throw error;
  }
}

/**
 * Asks the registry for the ids of what producers write; resolves once it has them all. Of a type with several versions the
 * first will do, and of a type that came later none: whoever has something to say in one is told that it is missing.
 */
export function schemaIdsThere(settings: ServiceSettings, waiting: Waiting): Promise<RegistrySchemaIds> {
  const registry = registryOf(settings);
  return untilThere(async () => {
    const ids = await RegistrySchemaIds.open(registry);
    const needed = RAW_RECORD_TYPES.filter((recordType) => !isLaterRecordType(recordType));
    const missing = needed.filter((recordType) => ids.idOf(recordType, 1) === undefined);
    if (missing.length === 0) return ids;
    throw new NotYet(
      `expected the registry at ${registry.url} to have every schema, missing: ${missing.join(', ')}. ` +
        'Run `tidemark schemas apply`',
    );
  }, waiting);
}

function registryOf({ registry }: ServiceSettings): RegistryConnection {
  if (registry === null) throw new Error('expected the registry to be among the settings');
  return registry;
}
