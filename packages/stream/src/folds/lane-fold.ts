import type { CustomerId, EffectNote, RejectionReason, TimelineEvent, TimeMs, ToldTier, View } from '@tidemark/domain';
import type { StepPhase } from '../lane/step-order.ts';
import type { Headers, Lane, LogRecord, Offset, Topic } from '../ports/event-log.ts';
import type { Origin, PolicyInForce, TimelineRecord } from '../timeline-record.ts';
import type { ToldRecord } from '../versions/version-rule.ts';

/**
 * What the lane loop runs: one customer's facet taken from step to step. Pure and deterministic. A `Score` becomes one
 * through `scoreFold`; tier is another. Facets are plain JSON values and never mutated.
 */
export interface LaneFold<Facet, Rules, Change> {
  /** What people call it: in dead letters, metrics and messages. */
  readonly service: string;
  /** What its state and its consumer group are called: another one for each version after the first release's. */
  readonly stateName: string;
  /** State, mirror and outputs of another version are not this fold's. */
  readonly version: number;
  /** Its version in the first release that had it; records of that one say none. */
  readonly firstVersion: number;
  /** Where its changes go; null for a fold that publishes none. */
  readonly changeTopic: Topic | null;
  /** Whether to say in the change topic how far all outputs are acknowledged; readers that join need it. */
  readonly tellsProgress: boolean;
  /** Phase of the steps that the record itself causes: after all timers (1), or merged with them by time (0). */
  readonly recordPhase: StepPhase;
  /** What the fold takes of a policy; derived once per policy. */
  rulesOf(policy: PolicyInForce): Rules;
  /** Whether the record is a step of its customer; its value is decoded only then. */
  wants(record: TimelineRecord): boolean;
  /**
   * One customer's step at effective time `at`. A throw is a bug met by this customer's data (dead letter `poison`).
   * `rulesBefore` are those in force until then, at a step of the record that changes them; null at any other.
   */
  step(
    facet: Facet | undefined,
    cause: StepCause,
    at: TimeMs,
    rules: Rules,
    rulesBefore: Rules | null,
  ): StepResult<Facet, Change>;
  /** What a customer is listed under in the store (tier: the tier); null: nothing. */
  labelOf(facet: Facet): string | null;
  encode(change: Change, identity: OutputIdentity): Encoded;
  /** `number`: of the lane's last change that is in the log before this. */
  encodeProgress(timelineOffset: Offset, number: number): Encoded;
  encodeDeadLetter(letter: FoldDeadLetter): Encoded;
  /** How it takes over from another version; null for a fold that tells no changes. */
  readonly takeover: Takeover<Facet, Rules, Change> | null;
}

/** What a version of a fold does at the cutover to it. */
export interface Takeover<Facet, Rules, Change> {
  /** A record of the change topic, whichever version wrote it. */
  readTold(record: LogRecord): ToldOutput;
  /** The marker from which on this version tells. */
  encodeMarker(timelineOffset: Offset, effectiveAt: TimeMs): Encoded;
  /**
   * One customer: what was told of them last, undefined where nothing was, beside what this version sees. Whoever differs
   * gets one change.
   */
  look(
    facet: Facet | undefined,
    told: Told | undefined,
    record: TimelineRecord,
    at: TimeMs,
    rules: Rules,
  ): StepResult<Facet, Change>;
}

/** What was told of a customer last: a score's view, or a tier with its change's number and effective time. */
export type Told = { readonly view: View | null } | ToldTier;

/** A record of a change topic with what it tells of whom. */
export type ToldOutput =
  | (Extract<ToldRecord, { readonly kind: 'change' }> & { readonly customerId: CustomerId; readonly told: Told })
  | Exclude<ToldRecord, { readonly kind: 'change' }>;

export interface Encoded {
  readonly value: Uint8Array;
  readonly headers: Headers;
}

/** All that happens to one customer at one effective time within one timeline record. */
export interface StepCause {
  readonly record: TimelineRecord;
  /** The customer's timer came due. */
  readonly timer: boolean;
  /** The record is this customer's event. */
  readonly event: TimelineEvent | null;
  /** Changes of scores, for a fold that joins them. */
  readonly changes: readonly ScoreChange[];
  /** The record is a policy that now is in force. */
  readonly policyChanged: boolean;
  /** The record is the cutover to this version of the fold. */
  readonly looks: boolean;
}

export interface StepResult<Facet, Change> {
  /** The same reference where nothing changed. Undefined: still no facet. */
  readonly facet: Facet | undefined;
  /** When the customer's view next changes, or something has waited in vain, if nothing happens: later than the step. */
  readonly due: TimeMs | null;
  readonly change: Change | null;
  /** Put out in their order, before the change; absent where there is none. */
  readonly letters?: readonly StepLetter[];
  /** Of an event that changed less than it says. */
  readonly note?: EffectNote | null;
}

/** Something that a step sets apart. */
export interface StepLetter {
  readonly reason: FoldDeadLetter['reason'];
  readonly detail: string;
  /** Where the raw record stands that waited in vain; null: it is the step's own record. */
  readonly waited: Origin | null;
}

/** Totally ordered, a function of the log and the fold version alone. */
export interface OutputIdentity {
  readonly timelineOffset: Offset;
  readonly effectiveAt: TimeMs;
  readonly phase: StepPhase;
  readonly customerId: CustomerId;
  /** Dense per lane, from 1. */
  readonly number: number;
}

export interface FoldDeadLetter {
  readonly service: string;
  readonly lane: Lane;
  readonly reason: RejectionReason | 'order-unknown' | 'poison';
  /** For people; holds no customer data. */
  readonly detail: string;
  readonly at: TimeMs;
  readonly refused: RefusedRecord;
}

/** The raw record where there is one, so that a letter can be traced to what a producer sent; else the timeline's. */
export interface RefusedRecord extends Origin {
  readonly key: Uint8Array | null;
  /** Null for one that waited in vain: it is told by its place alone. */
  readonly value: Uint8Array | null;
  readonly headers: Headers;
}

/** Why a view changed, down to the record: an event, a silence that became long enough, or a new policy. */
export interface Cause {
  readonly kind: CauseKind;
  readonly origin: string | null;
  readonly eventId: string | null;
}

/** Readers know what later versions will say, and `unknown` for what they will not. */
export const CAUSE_KINDS = [
  'event',
  'silence',
  'policy',
  'cutover',
  'merged',
  'handed_over',
  'erased',
  'override',
  'unknown',
] as const;
export type CauseKind = (typeof CAUSE_KINDS)[number];

/** A score's change as it stands in its change topic. */
export interface ScoreChange {
  readonly score: string;
  readonly number: number;
  readonly timelineOffset: Offset;
  readonly effectiveAt: TimeMs;
  readonly customerId: CustomerId;
  readonly to: View | null;
  readonly cause: Cause;
}
