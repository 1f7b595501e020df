import type { TimelineEvent, TimelineEventType } from '../events.ts';
import { ORDERS_MAX, PART_REFUNDS_OF_CUSTOMER_MAX, PART_REFUNDS_OF_ORDER_MAX } from '../orders/bounds.ts';
import type { Policy } from '../policy.ts';
import type { TimeMs } from '../time.ts';

/** The discrete face of a facet: what is published, and all that a tier policy sees. */
export type View = Readonly<Record<string, string | number>>;

/**
 * A score is a fold over one customer's records. All functions are pure and deterministic: the same arguments give the
 * same bytes. State and view are plain JSON values with a fixed order of properties, no undefined, no -0, no NaN.
 * Arguments are never mutated.
 */
export interface Score<State, Parameters, V extends View> {
  readonly name: string;
  /** Raised with every change that alters an output. A new layout of the state alone raises the stores' formats. */
  readonly version: number;
  /** Only these events reach `evolve`. */
  readonly eventTypes: readonly TimelineEventType[];
  /** What the score takes of a policy; derived once per policy, not per event. */
  parametersOf(policy: Policy): Parameters;
  /** The state of a customer of whom nothing is known. */
  readonly initial: State;
  /**
   * The state after an event that takes effect at stream time `at` (the event may have happened long before).
   * `origin` is where its raw record stands, such as `orders:123`: to name it later, never to decide by.
   */
  evolve(
    state: State,
    event: TimelineEvent,
    at: TimeMs,
    parameters: Parameters,
    origin?: string | null,
  ): State | Noted<State> | Rejection;
  /** The view at `at`, a time not before any that the state has seen; null while there is nothing to say. */
  view(state: State, at: TimeMs, parameters: Parameters): V | null;
  /** The smallest time after `at` at which `view` differs from `view(at)` if no event comes; null if none. */
  nextDueAt(state: State, at: TimeMs, parameters: Parameters): TimeMs | null;
  /** When `expire` next has something to do if no event comes, later than `at`; null if never. */
  nextExpiryAt?(state: State, at: TimeMs, parameters: Parameters): TimeMs | null;
  /**
   * Lets go of what has waited in vain up to and with `at`; null where nothing has. Each step begins with it, after
   * `adopt`. No view or exact value differs by it: readers, who look ahead, do not let go.
   */
  expire?(state: State, at: TimeMs, parameters: Parameters): Expired<State> | null;
  /** The state as rules change at `at`, where they must not act backwards; for every customer, at the policy's record. */
  adopt?(state: State, at: TimeMs, before: Parameters, after: Parameters): State;
  /** The exact values behind the view at `at`, for people and exports; null where a value is not defined. */
  exact(state: State, at: TimeMs, parameters: Parameters): Readonly<Record<string, number | null>>;
}

/** Why an event changed less than it says: a closed set, counted by it and shown in a customer's history. */
export const EFFECT_NOTES = [
  'repeat',
  'superseded-amount',
  'already-undone',
  'overruled-cancellation',
  'refund-clamped',
  'zero-refund',
  'waits-for-order',
] as const;
export type EffectNote = (typeof EFFECT_NOTES)[number];

/** Each note as a sentence for people. */
export const EFFECT_SENTENCES: Readonly<Record<EffectNote, string>> = {
  repeat: 'It says what was known already.',
  'superseded-amount':
    'Its amount does not count: that of a newer event does, or of one that says more (an update, a payment).',
  'already-undone': 'The order was cancelled or refunded whole, and stays so.',
  'overruled-cancellation': 'A later payment overrules the cancellation.',
  'refund-clamped': "The order's refunds are more than its amount: what is beyond it does not count.",
  'zero-refund': 'It refunds or credits nothing: its amount is 0.',
  'waits-for-order': 'Its order had not come yet: it waited, and counts with it.',
};

/** A state with a note on the event that led to it; the very same state where the event changed nothing. */
export class Noted<State> {
  readonly state: State;
  readonly note: EffectNote;
  constructor(state: State, note: EffectNote) {
    this.state = state;
    this.note = note;
  }
}

/** The state that an event led to, without the note. */
export function stateOf<State>(evolved: State | Noted<State> | Rejection): State | Rejection {
  return evolved instanceof Noted ? evolved.state : evolved;
}

/** What waited in vain is let go, with a dead letter for each event; `WAITED_IN_VAIN` says what was expected. */
export interface Expired<State> {
  readonly state: State;
  readonly letters: readonly { readonly reason: 'order-unknown'; readonly origin: string | null }[];
}

/** What was expected and found of what waited in vain, for people. */
export const WAITED_IN_VAIN: Readonly<Record<Expired<unknown>['letters'][number]['reason'], string>> = {
  'order-unknown': 'expected its order within the history that the fold keeps, found none',
};

/** Why a fold could not accept an event; becomes the reason of a dead letter. */
export type RejectionReason = 'too-old' | 'too-many-refunds';

const DETAILS: Readonly<Record<RejectionReason, string>> = {
  'too-old': `expected an order event within the history that ledgers keep (orders.history_days, the newest ${counted(ORDERS_MAX)} orders), found an older one`,
  'too-many-refunds': `expected at most ${counted(PART_REFUNDS_OF_ORDER_MAX)} part refunds of an order and ${counted(PART_REFUNDS_OF_CUSTOMER_MAX)} of a customer's orders, found one more`,
};

/** With commas between thousands, whatever the locale of the machine. */
function counted(count: number): string {
  return count.toLocaleString('en-US');
}

/** An event that a fold refuses: the state stays as it was, and a dead letter goes out. */
export class Rejection {
  readonly reason: RejectionReason;
  constructor(reason: RejectionReason) {
    this.reason = reason;
  }

  /** What was expected and found, for people; no customer's data. */
  get detail(): string {
    return DETAILS[this.reason];
  }
}
