import type { DeadLetterReason } from '@tidemark/contracts';
import type { EventRecords, EventTopic, FieldProblem } from '@tidemark/producer';
import type { Part } from './source.ts';

/** A record of a raw topic, in the form in which `POST /v1/topics/{topic}/records` takes it. It has passed that check. */
export type SourceRecord = { [T in EventTopic]: { readonly topic: T; readonly event: EventRecords[T] } }[EventTopic];

/** Why nothing was made of a call, although nothing is wrong with it. */
export type IgnoredReason =
  /** Written by Tidemark itself: what goes out must not come back. */
  | 'own-event'
  /** `integrations` has switched Tidemark off for it. */
  | 'integrations'
  /** A group, a test order, a part refund that its order's body has in it. */
  | 'not-used'
  /** All of it is what the source may not send. */
  | 'not-allowed';

/** What was left out of an event that was taken, or is not certain about it. */
export type WarningCode =
  /** It has an id made on receipt, and counts again when it is sent again. */
  | 'no-message-id'
  /** `properties` or `traits` was no object. */
  | 'no-object'
  | 'entries-dropped'
  | 'items-dropped'
  | 'consents-unmapped'
  | `not-allowed:${Part}`;

export interface Accepted {
  readonly verdict: 'accepted';
  /** Of the first record. */
  readonly eventId: string;
  /** At least one. */
  readonly records: readonly SourceRecord[];
  /** How many things each warning is about. */
  readonly warnings: ReadonlyMap<WarningCode, number>;
  /** Whether the customer is an anonymous id, which nothing folds. */
  readonly isHeld: boolean;
}

export interface Ignored {
  readonly verdict: 'ignored';
  readonly eventId: string;
  readonly reason: IgnoredReason;
}

/** A dead letter. Says what was expected and found by kind and size; quotes nothing. */
export interface Refused {
  readonly verdict: 'refused';
  readonly eventId: string;
  readonly reason: DeadLetterReason;
  readonly errors: readonly FieldProblem[];
}

export type Outcome = Accepted | Ignored | Refused;

/** Thrown within this package where an event is refused; `conclude` makes an outcome of it. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reason: DeadLetterReason;
  readonly problem: FieldProblem;

  constructor(reason: DeadLetterReason, field: string, expected: string, found: string) {
    super(`${field}: expected ${expected}, found ${found}`);
    this.reason = reason;
    this.problem = { field, expected, found };
  }
}
