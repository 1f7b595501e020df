import { RAW_TOPICS, type RawTopic } from '@tidemark/contracts';
import type { EventTopic } from '@tidemark/producer';

/** What of an event a source may be allowed to say. */
export type Part = Exclude<EventTopic, 'identities'> | 'traits' | 'consents' | 'links';
export const PARTS: readonly Part[] = [...RAW_TOPICS.filter(isWholeTopic), 'traits', 'consents', 'links'];

export type SourceKind = 'server' | 'browser' | 'webhook';

/** Where an order's amount is looked for. `products`: the sum of price × quantity, less the order's discount. */
export const AMOUNT_PLACES = ['total', 'revenue', 'subtotal', 'products'] as const;
export type AmountPlace = (typeof AMOUNT_PLACES)[number];

export interface ConsentFor {
  readonly channel: string;
  readonly purpose: string;
}

/** Who sends: what a mapping needs to know of it. */
export interface Source {
  /** `[a-z0-9-]`, at most 64; begins the ids of its events. */
  readonly name: string;
  readonly kind: SourceKind;
  /** Of interactions that do not say by themselves where they took place; null: web for browsers, server for others. */
  readonly channel: string | null;
  /** ISO 4217 code in capitals, where an order names none. */
  readonly currency: string;
  /** Whether amounts are decimals of the currency (19.99) or whole minor units (1999). */
  readonly amounts: 'decimal' | 'minor';
  /** The first that an order has counts, for its refunds alike. */
  readonly orderAmount: readonly AmountPlace[];
  /** What an order without an id gets: a dead letter, or its message's id. */
  readonly orderId: 'required' | 'message_id';
  readonly may: ReadonlySet<Part>;
  /** Interactions that it may send; null: all. */
  readonly actions: ReadonlySet<string> | null;
  /** What each category of Segment's consent preferences stands for. */
  readonly consents: ReadonlyMap<string, readonly ConsentFor[]>;
}

/** A key of a browser is public, and what it sends must not be worth anything: no orders, which tiers are made of. */
export const MAY_BY_DEFAULT: Readonly<Record<SourceKind, readonly Part[]>> = {
  server: PARTS,
  browser: ['interactions', 'traits'],
  webhook: PARTS,
};

/** A source with what its settings leave out filled in. `currency` is the source's, else the base of the policy in force. */
export function sourceOf(settings: Pick<Source, 'name' | 'kind' | 'currency'> & Partial<Source>): Source {
  return {
    channel: null,
    amounts: 'decimal',
    orderAmount: AMOUNT_PLACES,
    orderId: 'required',
    may: new Set(MAY_BY_DEFAULT[settings.kind]),
    actions: null,
    consents: new Map(),
    ...settings,
  };
}

/** What an identity says is told apart, part by part. */
function isWholeTopic(topic: RawTopic): topic is Exclude<EventTopic, 'identities'> {
  return topic !== 'identities' && topic !== 'control';
}
