import type { OrderEvent } from '../events.ts';
import { DAY_MS, type TimeMs } from '../time.ts';

/**
 * What a customer's order events have told so far, for scores that keep no ledger: an entry of nine characters each, its
 * UTC day and a hash of what it told, ascending, so that equal sets are equal texts. Nothing told is an empty text.
 */
export type ToldOrders = string;

/** Entries kept for one customer. Bounds a state: 9 kB. */
export const TOLD_MAX = 1_000;

/**
 * The entries after an order event; null if the event changes nothing: it is known, or older than what is known.
 *
 * Older is what occurred before `at - historyMs`; and, while there are `TOLD_MAX` entries, what occurred on the oldest
 * day of them or before: beyond their number the oldest go, so that nobody knows what was told then. A history that a
 * policy makes longer does not bring back what went.
 *
 * A new event is taken for a known one with a chance of one in 2^32 for each entry. So a customer with 10 order events
 * ever loses one of them with a chance of 1 in 95 million, one with 1,000 with a chance of 1 in 8,600.
 *
 * Cost: a search of the text; nothing is decoded. The text is copied where it grows.
 *
 * @param told what the event tells, as `whatItTells` or `purchaseOf` has it
 * @param at stream time, ms
 */
export function tell(
  known: ToldOrders,
  told: number,
  occurredAt: TimeMs,
  at: TimeMs,
  historyMs: number,
): ToldOrders | null {
  if (occurredAt < at - historyMs) return null;
  const entry = entryOf(dayOf(occurredAt), told);
  if (known === '') return entry;
  const kept = withoutBefore(known, dayOf(at - historyMs));
  if (holds(kept, entry)) return null;
  if (kept.length < TOLD_MAX * ENTRY_LENGTH) return withEntry(kept, entry);
  return dayOf(occurredAt) <= dayAt(kept, 0) ? null : withEntry(kept.slice(ENTRY_LENGTH), entry);
}

/**
 * A hash of what an order event tells: its order and status; of part refunds the refundId besides, or the eventId where
 * there is none; of updates, of which an order may have many, time and amount.
 */
export function whatItTells(event: OrderEvent): number {
  const { orderId, status } = event;
  switch (status) {
    case 'partially_refunded':
      return hashOf(orderId, status, event.refundId ?? event.eventId);
    case 'updated':
      return hashOf(orderId, status, `${event.occurredAt} ${event.amountMinor} ${event.currency}`);
    default:
      return hashOf(orderId, status, '');
  }
}

/** The same where `placed` and `paid` are one. */
export function purchaseOf(event: OrderEvent): number {
  const isPurchase = event.status === 'placed' || event.status === 'paid';
  return isPurchase ? hashOf(event.orderId, 'purchase', '') : whatItTells(event);
}

/** Digits of 6 bits, in the order of their code units, so that texts of one length compare as what they stand for. */
const DIGITS = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';
const CODES = Uint8Array.from(DIGITS, (digit) => digit.charCodeAt(0));
const VALUES = new Uint8Array(128).map((_, code) => Math.max(0, CODES.indexOf(code)));
/** Three digits of day: to the year 2687. Later days count as its last. */
const DAY_LENGTH = 3;
const DAY_MAX = 2 ** 18 - 1;
/** Then six with room for the 32 bits of a hash. */
const ENTRY_LENGTH = 9;

/** Made at once: this runs at every order event. */
function entryOf(day: number, hash: number): string {
  return String.fromCharCode(
    codeOf(day >>> 12),
    codeOf(day >>> 6),
    codeOf(day),
    codeOf(hash >>> 30),
    codeOf(hash >>> 24),
    codeOf(hash >>> 18),
    codeOf(hash >>> 12),
    codeOf(hash >>> 6),
    codeOf(hash),
  );
}

function codeOf(value: number): number {
  return CODES[value & 63] as number;
}

function dayOf(time: number): number {
  return Math.max(0, Math.min(DAY_MAX, Math.floor(time / DAY_MS)));
}

function dayAt(known: ToldOrders, from: number): number {
  return (valueAt(known, from) << 12) | (valueAt(known, from + 1) << 6) | valueAt(known, from + 2);
}

function valueAt(known: ToldOrders, index: number): number {
  return VALUES[known.charCodeAt(index)] as number;
}

function withoutBefore(known: ToldOrders, day: number): ToldOrders {
  let from = 0;
  while (from < known.length && dayAt(known, from) < day) from += ENTRY_LENGTH;
  return from === 0 ? known : known.slice(from);
}

/** Whether there is an entry with the hash of `entry`, of whichever day. */
function holds(known: ToldOrders, entry: string): boolean {
  const last = entry.charCodeAt(ENTRY_LENGTH - 1);
  const hash = entry.slice(DAY_LENGTH);
  for (let end = ENTRY_LENGTH; end <= known.length; end += ENTRY_LENGTH) {
    if (known.charCodeAt(end - 1) === last && known.startsWith(hash, end - hash.length)) return true;
  }
  return false;
}

/** Most events are the newest, so the search goes from the end. */
function withEntry(known: ToldOrders, entry: string): ToldOrders {
  let end = known.length;
  while (end > 0 && known.slice(end - ENTRY_LENGTH, end) > entry) end -= ENTRY_LENGTH;
  return end === known.length ? known + entry : known.slice(0, end) + entry + known.slice(end);
}

/** 32 bits: FNV-1a over the code units of the texts, each closed by one that no text ends with, then mixed as by Murmur3. */
function hashOf(orderId: string, status: string, detail: string): number {
  let hash = withText(withText(withText(FNV_OFFSET, orderId), status), detail);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const CLOSE = 0xffff;

function withText(before: number, text: string): number {
  let hash = before;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME);
  return Math.imul(hash ^ CLOSE, FNV_PRIME);
}
