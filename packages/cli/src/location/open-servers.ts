import { topics } from '@tidemark/contracts';
import { RegistrySchemaIds, type TopicComparison } from '@tidemark/kafka';
import type { ServiceSettings } from '@tidemark/runtime';
import { compareLayout, createLog, openStore } from '@tidemark/runtime/remote';
import type { Environment } from '../terminal/environment.ts';
import { Failure } from '../terminal/failure.ts';
import { diagnosticsOf } from '../topics/diagnostics-of.ts';
import type { ChangedPipeline } from './opened-pipeline.ts';

type Surroundings = Pick<Environment, 'clock' | 'stderr'>;

/**
 * Opens the pipeline that these servers have, waiting for nobody. Looks for its topics first: the state of a namespace
 * that there is not would be made by opening it. Throws a `Failure` without the topics, an `OperatingError` without a
 * server.
 */
export async function openServers(settings: ServiceSettings, surroundings: Surroundings): Promise<ChangedPipeline> {
  checkTopicsThere(settings, await compareLayout(settings, diagnosticsOf(surroundings.stderr)));
  return connect(settings, surroundings, () => undefined);
}

/** The same without looking for the topics; hears what Redis should have otherwise. */
export async function connect(
  settings: ServiceSettings,
  { clock, stderr }: Surroundings,
  onWarning: (message: string) => void,
): Promise<ChangedPipeline> {
  const { registry, fold } = settings;
  if (registry === null) throw new Error('expected the registry to be among the settings');
  const store = await openStore(settings, onWarning);
  try {
    await store.ping();
  } catch (error) {
    store.close();
    throw error;
  }
  const log = createLog(settings, clock, diagnosticsOf(stderr));
  const names = topics.map(({ name }) => name);
  return {
    log,
    store,
    fold,
    location: locationOf(settings),
    committed: (group, lane) => log.committed(group, names, lane),
    commitOutside: (group, lane, places) => log.commitOutside(group, lane, places),
    members: (service) => log.members(service),
    schemaIds: () => RegistrySchemaIds.open(registry),
    async close() {
      store.close();
      await log.close();
    },
  };
}

/** The log alone of the pipeline that these servers have, to look at. */
export async function openLog(settings: ServiceSettings, { clock, stderr }: Surroundings) {
  checkTopicsThere(settings, await compareLayout(settings, diagnosticsOf(stderr)));
  const log = createLog(settings, clock, diagnosticsOf(stderr));
  return { log, location: locationOf(settings), close: () => log.close() };
}

/** What people call the pipeline by. */
export function locationOf({ namespace, kafka }: ServiceSettings): string {
  return `${namespace} on ${kafka.connection.brokers.join(',')}`;
}

function checkTopicsThere(settings: ServiceSettings, { missing, problems }: TopicComparison): void {
  if (problems.length > 0) throw new Failure(problems.join('. '));
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name).join(', ');
  const found = missing.length === topics.length ? 'none of its topics' : `that topics are missing: ${names}`;
  throw new Failure(
    `expected the pipeline ${locationOf(settings)}, found ${found}. Check the address and TIDEMARK_NAMESPACE, or create them ` +
      'with `npx tidemark topics apply`.',
  );
}
