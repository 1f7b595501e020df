import {
  type ChangedView,
  decideTier,
  type TierDecision,
  type TierPolicy,
  type TierState,
  type TierWords,
  type TimeMs,
  tierNextDueAt,
  tierWords,
} from '@tidemark/domain';
import type { Topic } from '../ports/event-log.ts';
import type { Cause, Encoded, FoldDeadLetter, LaneFold, OutputIdentity, StepCause } from './lane-fold.ts';
import { stateNameOf } from './state-name.ts';

/** Raised with every change that alters an output. A score that is added alters none, until a policy switches it on. */
export const TIER_VERSION = 2;
/** Of the first release. */
const TIER_FIRST_VERSION = 2;

/** Why a tier changed: which score's view, or, with score null, tier's own timer (a fall that was due) or a policy. */
export interface TierCause extends Cause {
  readonly score: string | null;
}

export interface TierChange {
  readonly decision: TierDecision;
  readonly causes: readonly TierCause[];
  readonly policyNumber: number;
  /** What the policy in force says of both tiers, for people. */
  readonly words: TierWords;
}

export interface TierRules {
  readonly policy: TierPolicy;
  readonly policyNumber: number;
}

/** How tier's outputs are written; given by the wiring. */
export interface TierEncoding {
  readonly changeTopic: Topic;
  change(change: TierChange, identity: OutputIdentity): Encoded;
  deadLetter(letter: FoldDeadLetter): Encoded;
}

/** Tier as a fold over the timeline joined with the scores' changes: once for each customer and effective time. */
export function tierFold(encoding: TierEncoding): LaneFold<TierState, TierRules, TierChange> {
  return {
    service: 'tier',
    stateName: stateNameOf('tier', TIER_VERSION, TIER_FIRST_VERSION),
    version: TIER_VERSION,
    changeTopic: encoding.changeTopic,
    tellsProgress: false,
    recordPhase: 0,
    rulesOf: ({ number, policy }) => ({ policy: policy.tiers, policyNumber: number }),
    wants: () => false,
    step(facet, cause, at, { policy, policyNumber }) {
      const changed: ChangedView[] = cause.changes.map(({ score, to }) => ({ score, view: to }));
      // A timer may also fire early and find nothing; that is no cause.
      const fallWasDue = cause.timer && facet !== undefined && tierNextDueAt(facet, (at - 1) as TimeMs, policy) === at;
      const { state, change: decision } = decideTier(facet ?? null, changed, at, policy);
      return {
        facet: facet !== undefined && isSame(facet, state, changed) ? facet : state,
        due: tierNextDueAt(state, at, policy),
        change:
          decision === null
            ? null
            : { decision, causes: causesOf(cause, fallWasDue), policyNumber, words: tierWords(decision, policy) },
      };
    },
    labelOf: ({ tier }) => tier,
    encode: encoding.change,
    encodeProgress: () => {
      throw new Error('no reader joins tier-changes: tier tells no progress');
    },
    encodeDeadLetter: encoding.deadLetter,
  };
}

/** Whether a decision without news left everything as it was, so that nothing needs to be written. */
function isSame(before: TierState, after: TierState, changed: readonly ChangedView[]): boolean {
  return (
    changed.length === 0 &&
    before.tier === after.tier &&
    before.points === after.points &&
    before.since === after.since &&
    before.belowSince === after.belowSince
  );
}

/** In order of score, tier's own cause last. */
function causesOf({ changes, policyChanged, record }: StepCause, fallWasDue: boolean): readonly TierCause[] {
  const causes: TierCause[] = changes.map(({ score, cause }) => ({ score, ...cause }));
  if (policyChanged) causes.push({ score: null, kind: 'policy', origin: record.originText, eventId: null });
  else if (fallWasDue) causes.push({ score: null, kind: 'silence', origin: null, eventId: null });
  return causes;
}
