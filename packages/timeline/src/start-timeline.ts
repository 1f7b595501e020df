import { RAW_TOPICS, type RawDecoder } from '@tidemark/contracts';
import { type Clock, type EventLog, type RunningService, SharedWriter, startLaneService } from '@tidemark/stream';
import type { TimerHint } from './quiet-ticks.ts';
import { UnifyLane } from './unify-lane.ts';
import type { UnifyObserver } from './unify-observer.ts';
import type { UnifyOptions } from './unify-ports.ts';
import type { UnifyRules } from './unify-rules.ts';

export interface UnifyServicePorts {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly decoder: RawDecoder;
  /** Tells when a silent lane needs a tick; without it each of them gets one every `tickMs`. */
  readonly timers?: TimerHint | undefined;
  /** Its own unless a test turns some of them off. */
  readonly rules?: UnifyRules | undefined;
}

/** Joins the group `unify` and makes the timeline of whichever lanes it is given. Resolves once joined. */
export async function startTimeline(
  ports: UnifyServicePorts,
  options: UnifyOptions,
  observer: UnifyObserver,
): Promise<RunningService<UnifyLane>> {
  const writer = new SharedWriter(ports.log);
  return startLaneService(
    { group: 'unify', topics: RAW_TOPICS },
    ports.log,
    (lane, consumer) => new UnifyLane(lane, consumer, { ...ports, writer }, options, observer),
    writer,
  );
}
