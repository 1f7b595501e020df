import { resolve } from 'node:path';
import { LiveWatch, runService, StartRefused } from '@tidemark/runtime';
import { createDoor } from './create-door.ts';
import { listen } from './listen.ts';
import { SourcesError } from './sources/sources-error.ts';
import { type WatchedSources, watchSources } from './sources/watch-sources.ts';

export { createDoor, type Door } from './create-door.ts';
export { mapAgain, type NotMappable } from './intake/map-again.ts';
export type { DoorOptions, DoorPorts } from './ports.ts';
export { defaultSources, defaultWriteKey } from './sources/default-source.ts';
export { SourcesError } from './sources/sources-error.ts';
export { readSources, type WatchedSources, watchSources } from './sources/watch-sources.ts';

/** Segment's SDKs, webhooks, CloudEvents ─> door ─> interactions, orders, marketing, identities, dead-letters */
if (import.meta.main) {
  await runService({
    name: 'door',
    needs: ['store', 'schemaIds'],
    async start({ log, store, schemaIds, clock, settings, telemetry, logger }) {
      const { host, port, sourcesFile } = settings.door;
      const sources = startSources(sourcesFile, { clock, logger });
      const live = LiveWatch.start(store, log.lanes, clock);
      const observer = telemetry.doorObserver();
      const ports = { log, schemaIds, state: async () => live.state, sources, observer, logger, clock };
      const running = await listen(createDoor(ports, { isLocal: false }), { host, port }, clock);
      logger.info({ url: running.url, sources: sources.current.sources.length }, 'door started');
      return {
        async stop() {
          sources.stop();
          live.stop();
          await running.stop();
        },
      };
    },
  });
}

function startSources(sourcesFile: string | null, watching: Parameters<typeof watchSources>[1]): WatchedSources {
  if (sourcesFile === null) {
    throw new StartRefused('TIDEMARK_DOOR_SOURCES: expected the path of a file of sources, found nothing');
  }
  const file = resolve(sourcesFile);
  try {
    return watchSources(file, watching);
  } catch (error) {
    if (!(error instanceof SourcesError)) throw error;
    throw new StartRefused(`${file}, which TIDEMARK_DOOR_SOURCES names: ${error.message}`);
  }
}
