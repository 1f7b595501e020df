import type { DeadLetterReason, RawTopic } from '@tidemark/contracts';

/** What must become of a raw record. `control`: punctuations and policies, whose effect is checked on its own. */
export type Expectation =
  | (KnownEvent & { readonly kind: 'event' })
  /** An event that is the same came before in this lane: on the timeline at most once more, if the window has let it go. */
  | (KnownEvent & { readonly kind: 'duplicate' })
  | { readonly kind: 'refused'; readonly reason: DeadLetterReason }
  | { readonly kind: 'policy'; readonly number: number }
  | { readonly kind: 'punctuation' }
  | { readonly kind: 'live-switch' }
  | { readonly kind: 'cutover' }
  | { readonly kind: 'format' };

interface KnownEvent {
  readonly eventId: string;
  /** What it is known by again, as plain text: one of them is enough. */
  readonly keys: readonly string[];
}

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
