import { type CustomerId, compareCustomerIds, type TimeMs } from '@tidemark/domain';

/** 0: a timer that came due, before the record; 1: the record itself. */
export type StepPhase = 0 | 1;

/** Of the steps at the cutover to a fold's version: after all else that the record causes. */
export const LOOK_PHASE = 1 satisfies StepPhase;

/** Where a step stands among the steps of one timeline record. Steps run in this order, whatever the chunk. */
export interface StepKey {
  readonly at: TimeMs;
  readonly phase: StepPhase;
  readonly customerId: CustomerId;
}

export function compareSteps(a: StepKey, b: StepKey): number {
  return a.at - b.at || a.phase - b.phase || compareCustomerIds(a.customerId, b.customerId);
}
