import { createRawDecoder, type SchemaIds } from '@tidemark/contracts';
import { runService } from '@tidemark/runtime';
import type { Clock, EventLog } from '@tidemark/stream';
import { unifyObservers } from '@tidemark/telemetry';
import { startTimeline, type TimerHint, type UnifyObserver, type UnifyOptions } from '@tidemark/timeline';

export interface UnifyPorts {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly schemas: SchemaIds;
  /** Tells when a silent lane needs a tick; without it each of them gets one every `tickMs`. */
  readonly timers?: TimerHint;
}

/** interactions, orders, marketing, identities, control ─> unify ─> timeline, dead-letters */
export function startUnify({ schemas, ...ports }: UnifyPorts, options: UnifyOptions, observer: UnifyObserver) {
  return startTimeline({ ...ports, decoder: createRawDecoder(schemas) }, options, observer);
}

if (import.meta.main) {
  await runService({
    name: 'unify',
    needs: ['schemaIds', 'timers'],
    async start({ log, clock, schemaIds, timers, settings, telemetry, crashed }) {
      const observer = unifyObservers(telemetry.unifyObserver, { crashed: (_lane, error) => crashed(error) });
      const service = await startUnify({ log, clock, schemas: schemaIds, timers }, settings.unify, observer);
      telemetry.watchRegistry(() => schemaIds.ping());
      telemetry.watchUnify(() => Array.from(service.lanes.values(), ({ status }) => status));
      return service;
    },
  });
}
