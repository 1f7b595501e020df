import { topics } from '@tidemark/contracts';
import { createAnnouncer, LiveWatch, type ServiceSettings, untilThere, type Waiting } from '@tidemark/runtime';
import { applyLayout, createLog, schemaIdsThere, storeThere } from '@tidemark/runtime/remote';
import type { Clock } from '@tidemark/stream';
import type { Logger } from 'pino';
import type { Backend } from './backend.ts';

/** A record is longer on its way through servers, so more of them have to be under way for the same speed. */
const RECORDS_AHEAD_MAX = 20_000;

interface Surroundings {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends what waits. */
  readonly signal: AbortSignal;
}

/** The log on real servers; who works on it needs no state. */
export type ServerLog = Pick<Backend, 'schemaIds' | 'pingRegistry' | 'location' | 'committed' | 'persist' | 'close'> & {
  readonly log: ReturnType<typeof createLog>;
};

/** Brings topics and schemas to the servers, waiting for those that are away. Throws `StartRefused`, `WaitStopped`. */
export async function openServerLog(
  settings: ServiceSettings,
  { clock, logger, signal }: Surroundings,
): Promise<ServerLog> {
  const announcer = createAnnouncer(logger, clock);
  const waiting: Waiting = { clock, announcer, signal };
  await applyLayout(settings, waiting);
  const schemaIds = await schemaIdsThere(settings, waiting);
  const log = createLog(settings, clock, announcer);
  const names = topics.map(({ name }) => name);
  return {
    log,
    schemaIds,
    pingRegistry: () => schemaIds.ping(),
    location: `${settings.namespace} on ${settings.kafka.connection.brokers.join(',')}`,
    committed: (group, lane) => log.committed(group, names, lane),
    persist: (work) => untilThere(work, waiting),
    close: () => log.close(),
  };
}

/** The same, with the state. */
export async function openServerBackend(settings: ServiceSettings, surroundings: Surroundings): Promise<Backend> {
  const { clock, logger, signal } = surroundings;
  const { log, schemaIds, pingRegistry, location, committed, persist, close } = await openServerLog(
    settings,
    surroundings,
  );
  const store = await storeThere(settings, { clock, announcer: createAnnouncer(logger, clock), signal });
  const live = LiveWatch.start(store, settings.lanes, clock);
  return {
    log,
    store,
    schemaIds,
    pingRegistry,
    live,
    location,
    recordsAheadMax: RECORDS_AHEAD_MAX,
    committed,
    persist,
    async close() {
      live.stop();
      store.close();
      await close();
    },
  };
}
