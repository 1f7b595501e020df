import type { UnifyObserver } from '@tidemark/timeline';
import { faultAdvice, outageAdvice } from './advice.ts';
import { countDeadLetter, oneOf } from './count-folds.ts';
import type { Meter } from './meter.ts';
import { UNIFY } from './status.ts';

/** Moves the metrics of unify. */
export function countUnify(meter: Meter): UnifyObserver {
  const service = UNIFY;
  return {
    acquired(lane) {
      meter.count('tidemark_lane_acquisitions_total', { service, lane });
    },
    sent(lane, events) {
      meter.count('tidemark_events_accepted_total', { lane }, events);
    },
    refused(_lane, reason) {
      countDeadLetter(meter, service, reason);
    },
    duplicate(lane) {
      meter.count('tidemark_duplicates_dropped_total', { lane });
    },
    retried(_lane, { code }) {
      meter.count('tidemark_retries_total', { service, code: oneOf(outageAdvice, code) });
    },
    faulted(lane, { code }) {
      meter.count('tidemark_faults_total', { service, lane, code: oneOf(faultAdvice, code) });
    },
    crashed() {
      meter.count('tidemark_crashes_total', { service });
    },
  };
}
