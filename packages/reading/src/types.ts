import type { ChangeCause, TierCause } from '@tidemark/contracts';
import type {
  ProfileNow,
  ScoreName,
  TierDirection,
  TierReason,
  TimelineEventType,
  TimeMs,
  View,
} from '@tidemark/domain';
import type { CauseKind, Clock, EventLog, Lane, Offset, ProfileReader } from '@tidemark/stream';
import type { StateMemo } from './lane-state.ts';
import type { OrderNote } from './order-notes.ts';

/** What reading needs: a log, a store, and the wall clock for lanes that run on it. */
export interface Reading {
  readonly log: Pick<EventLog, 'lanes' | 'bounds' | 'read'>;
  readonly store: ProfileReader;
  readonly clock: Pick<Clock, 'now'>;
  /** For whoever answers many requests. */
  readonly memo?: StateMemo;
}

/** How far a service had folded a lane when it was read. */
export interface FacetPlace {
  /** The next timeline offset to fold. */
  readonly timelineOffset: Offset;
  readonly streamTime: TimeMs;
  /** How far the facet's stream time is behind the time of the answer, ms; at least 0. */
  readonly ageMs: number;
}

/** A score of a customer at one time. */
export interface ScoreNow {
  readonly view: View | null;
  /** The exact values behind the view; null where a value is not defined. */
  readonly exact: Readonly<Record<string, number | null>>;
  /** The next change of the view if no event comes; null if it never changes. */
  readonly next: { readonly at: TimeMs; readonly view: View | null } | null;
  readonly place: FacetPlace;
}

export interface TierNow extends TierWordsNow {
  readonly tier: string;
  readonly points: number;
  readonly since: TimeMs;
  /** Since when points have been below the tier's `leave`; null while they are not. */
  readonly belowSince: TimeMs | null;
  /** How many changes of tier the customer has had. */
  readonly changes: number;
  readonly views: Readonly<Record<string, View | null>>;
  readonly reasons: readonly TierReason[];
  /** The next change of tier if no event comes; null if it never changes. */
  readonly next: { readonly at: TimeMs; readonly tier: string } | null;
  readonly place: FacetPlace;
}

/** What the policy in force says of a tier, for people. */
export interface TierWordsNow {
  /** What it is called, by language (BCP 47; `und` where none is said); empty where the policy has no label. */
  readonly labels: Readonly<Record<string, string>>;
  readonly benefits: readonly string[];
  readonly strategy: string | null;
}

/** The policy in force. */
export interface PolicyNow {
  readonly number: number;
  readonly name: string;
  /** The day on which the business wants to look at it again, such as 2027-01-31. */
  readonly review: string | null;
  /** What the business's clocks are ahead of UTC, such as +08:00. */
  readonly utcOffset: string | null;
}

/** Everything of a customer at `at`: stream time on the event clock, the wall clock (never before stream time) live. */
export interface CustomerNow {
  readonly customerId: string;
  readonly lane: Lane;
  readonly clock: 'event' | 'live';
  readonly at: TimeMs;
  /** That the tier was decided by; null before the lane's first decision. */
  readonly policy: PolicyNow | null;
  readonly profile: (ProfileNow & { readonly place: FacetPlace }) | null;
  /** Null where the customer has no facet of this score. */
  readonly scores: Readonly<Record<ScoreName, ScoreNow | null>>;
  readonly tier: TierNow | null;
  /** Services that read as nothing, since another version of them is in force than this build's. */
  readonly upgrading: readonly string[];
}

/** One thing that happened to a customer: an event of theirs, or a change that came of it. Newest first in pages. */
export type TimelineEntry =
  | {
      readonly kind: 'event';
      readonly type: TimelineEventType;
      readonly at: TimeMs;
      readonly occurredAt: TimeMs;
      readonly eventId: string;
      readonly origin: string;
      readonly timelineOffset: Offset;
      /** Of an order; null for any other event. */
      readonly note: OrderNote;
      readonly data: Readonly<Record<string, unknown>>;
    }
  | {
      readonly kind: 'view';
      readonly score: ScoreName;
      readonly at: TimeMs;
      readonly timelineOffset: Offset;
      readonly from: View | null;
      readonly to: View | null;
      readonly cause: ChangeCause;
    }
  | ({ readonly kind: 'tier'; readonly at: TimeMs } & TierChangeEntry);

export interface TierChangeEntry {
  /** The customer's own count of changes. */
  readonly change: number;
  readonly from: string | null;
  readonly to: string;
  readonly direction: TierDirection | 'erased' | 'unknown';
  readonly points: number;
  readonly effectiveAt: TimeMs;
  readonly timelineOffset: Offset;
  readonly policyNumber: number;
  readonly reasons: readonly TierReason[];
  readonly causes: readonly TierCause[];
  /** What the policy said of both tiers: see `TierChangeRecord`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly benefits: readonly string[];
  readonly strategy: string | null;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** To be given back for what follows; null at the end. Opaque, and valid for the same request only. */
  readonly next: string | null;
}

/** Why a customer has their tier, and what happens next if nothing happens. */
export interface Explanation {
  readonly customerId: string;
  readonly lane: Lane;
  readonly clock: 'event' | 'live';
  readonly at: TimeMs;
  readonly policy: { readonly number: number; readonly name: string };
  readonly tier: {
    readonly name: string;
    readonly points: number;
    readonly since: TimeMs;
    readonly belowSince: TimeMs | null;
    /** The tier's own thresholds, and the next tier up; null for the lowest and the highest. */
    readonly leave: number | null;
    readonly up: { readonly name: string; readonly enter: number } | null;
    readonly down: { readonly name: string } | null;
  };
  /** By score, then by attribute of its view. Their points add up to the tier's. */
  readonly attributes: readonly ExplainedAttribute[];
  /** The last change of tier, with the records or silences that caused it; null if the log no longer has it. */
  readonly lastChange: (TierChangeEntry & { readonly because: readonly ExplainedCause[] }) | null;
  /** What happens if no event comes: every change of a view or the tier, in order, up to and with the next change of tier; at most 20. */
  readonly next: readonly FutureChange[];
}

export interface ExplainedAttribute {
  readonly score: ScoreName;
  readonly attribute: string;
  readonly value: string | number;
  readonly points: number;
  readonly inputs: readonly { readonly name: string; readonly value: number; readonly unit: string }[];
  /** Within which thresholds of which input the value lies, as the domain's `Measure.band`; null without a single input. */
  readonly band: Readonly<Record<string, unknown>> | null;
}

/** A cause of the last change, with what it led to and, for an event, the very record. */
export interface ExplainedCause {
  readonly score: string | null;
  readonly kind: CauseKind;
  readonly view: { readonly from: View | null; readonly to: View | null } | null;
  readonly record: {
    readonly origin: string;
    readonly eventId: string | null;
    readonly type: string;
    readonly occurredAt: TimeMs | null;
    readonly timelineOffset: Offset;
  } | null;
}

export interface FutureChange {
  readonly at: TimeMs;
  /** The views that change then, by score. */
  readonly views: readonly { readonly score: ScoreName; readonly from: View | null; readonly to: View | null }[];
  /** Null where the tier stays. */
  readonly tier: { readonly from: string; readonly to: string } | null;
  readonly points: number;
}

export interface TierMember {
  readonly customerId: string;
  readonly since: TimeMs;
  readonly points: number;
}

/** How a lane stands in the store, by service. */
export interface LanePlace {
  readonly lane: Lane;
  readonly service: string;
  readonly timelineOffset: Offset;
  readonly streamTime: TimeMs;
  readonly clock: 'event' | 'live' | null;
  /** Records of the timeline not yet folded. */
  readonly lag: number;
}
