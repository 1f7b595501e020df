import type { DeadLetterReason, RawTopic } from '@tidemark/contracts';

/** What must become of a raw record. `control`: punctuations and policies, whose effect is checked on its own. */
export type Expectation =
  | { readonly kind: 'event'; readonly eventId: string }
  /** The same eventId came before in this lane: on the timeline at most once more, if the window has let it go. */
  | { readonly kind: 'duplicate'; readonly eventId: string }
  | { readonly kind: 'refused'; readonly reason: DeadLetterReason }
  | { readonly kind: 'policy'; readonly number: number }
  | { readonly kind: 'punctuation' }
  | { readonly kind: 'live-switch' };

/** A raw record and what its producer knows of it. */
export interface RawWrite {
  readonly topic: RawTopic;
  readonly lane: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly expectation: Expectation;
  /** The time that the record says of itself, as far as it can be read at all. */
  readonly time: number | null;
  /** The end of the promise, of a punctuation. */
  readonly until: number | null;
}
