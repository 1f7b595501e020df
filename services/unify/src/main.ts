import { createRawDecoder, type SchemaIds } from '@tidemark/contracts';
import type { Clock, EventLog } from '@tidemark/stream';
import { startUnify as startUnifyLanes, type UnifyObserver, type UnifyOptions } from '@tidemark/unify';

export interface UnifyPorts {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly schemas: SchemaIds;
}

/** interactions, orders, marketing, identities, control ─> unify ─> timeline, dead-letters */
export function startUnify({ log, clock, schemas }: UnifyPorts, options: UnifyOptions, observer: UnifyObserver) {
  return startUnifyLanes({ log, clock, decoder: createRawDecoder(schemas) }, options, observer);
}
