import { createAnnouncer, LiveWatch, type ServiceSettings, type Waiting } from '@tidemark/service';
import { applyLayout, createLog, schemaIdsThere, storeThere, untilThere } from '@tidemark/service/remote';
import type { Clock } from '@tidemark/stream';
import type { Logger } from 'pino';
import type { Backend } from './backend.ts';

/** A record is longer on its way through servers, so more of them have to be under way for the same speed. */
const RECORDS_AHEAD_MAX = 20_000;

/** Brings topics and schemas to the servers, waiting for those that are away. Throws `StartRefused`, `WaitStopped`. */
export async function openServers(
  settings: ServiceSettings,
  { clock, logger, signal }: { readonly clock: Clock; readonly logger: Logger; readonly signal: AbortSignal },
): Promise<Backend> {
  const announcer = createAnnouncer(logger, clock);
  const waiting: Waiting = { clock, announcer, signal };
  await applyLayout(settings, waiting);
  const schemaIds = await schemaIdsThere(settings, waiting);
  const store = await storeThere(settings, waiting);
  const log = createLog(settings, clock, announcer);
  const live = LiveWatch.start(store, settings.lanes, clock);
  return {
    log,
    store,
    schemaIds,
    isLive: () => live.isLive,
    place: `${settings.namespace} on ${settings.kafka.connection.brokers.join(',')}`,
    folder: null,
    recordsAheadMax: RECORDS_AHEAD_MAX,
    persist: (work) => untilThere(work, waiting),
    async close() {
      live.stop();
      store.close();
      await log.close();
    },
  };
}
