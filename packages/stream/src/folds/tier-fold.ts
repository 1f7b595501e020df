import {
  type ChangedView,
  decideTier,
  TIER_FIRST_VERSION,
  TIER_VERSION,
  type TierDecision,
  type TierPolicy,
  type TierState,
  type TierWords,
  type TimeMs,
  takeOverTier,
  tierNextDueAt,
  tierWords,
} from '@tidemark/domain';
import type { Topic } from '../ports/event-log.ts';
import type { Cause, Encoded, FoldDeadLetter, LaneFold, OutputIdentity, StepCause } from './lane-fold.ts';
import { type ToldEncoding, takeoverOf } from './score-fold.ts';
import { stateNameOf } from './state-name.ts';

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
  change(change: TierChange, identity: OutputIdentity, foldVersion: number): Encoded;
  deadLetter(letter: FoldDeadLetter): Encoded;
  readonly told: ToldEncoding;
}

/** Tier as a fold over the timeline joined with the scores' changes: once for each customer and effective time. */
export function tierFold(encoding: TierEncoding, version = TIER_VERSION): LaneFold<TierState, TierRules, TierChange> {
  return {
    service: 'tier',
    stateName: stateNameOf('tier', version, TIER_FIRST_VERSION),
    version,
    firstVersion: TIER_FIRST_VERSION,
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
    encode: (change, identity) => encoding.change(change, identity, version),
    encodeProgress: () => {
      throw new Error('no reader joins tier-changes: tier tells no progress');
    },
    encodeDeadLetter: encoding.deadLetter,
    takeover: {
      ...takeoverOf(encoding.told, version),
      look(facet, told, record, at, { policy, policyNumber }) {
        const last = told !== undefined && 'tier' in told ? told : null;
        const { state, change: decision } = takeOverTier(facet ?? null, last, at, policy);
        const cause: TierCause = { score: null, kind: 'cutover', origin: record.originText, eventId: null };
        return {
          facet: facet !== undefined && isSame(facet, state, []) && facet.changes === state.changes ? facet : state,
          due: tierNextDueAt(state, at, policy),
          change:
            decision === null ? null : { decision, causes: [cause], policyNumber, words: tierWords(decision, policy) },
        };
      },
    },
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
