import { type CustomerId, compareCustomerIds, type TimeMs } from '@tidemark/domain';

/** 0: a timer that came due, before the record; 1: the record itself. */
export type StepPhase = 0 | 1;

/** Where a step stands among the steps of one timeline record. Steps run in this order, whatever the chunk. */
export interface StepKey {
  readonly at: TimeMs;
  readonly phase: StepPhase;
  readonly customerId: CustomerId;
}

export function compareSteps(a: StepKey, b: StepKey): number {
  return a.at - b.at || a.phase - b.phase || compareCustomerIds(a.customerId, b.customerId);
}
