import type fc from 'fast-check';
import type { OrderEvent, OrderStatus } from '../events.ts';
import { BASE_RATE } from '../money.ts';
import { MINUTE_MS, type TimeMs } from '../time.ts';
import type { LedgerRules } from './ledger.ts';

/** An event and the stream time at which it arrives. */
export interface Arrival {
  readonly event: OrderEvent;
  readonly at: TimeMs;
}

/** The currency of `orderEvent`. */
export const BASE_CURRENCY = 'USD';

export function ledgerRules(historyMs: number): LedgerRules {
  return { historyMs, baseCurrency: BASE_CURRENCY };
}

export function orderEvent(
  orderId: string,
  status: OrderStatus,
  occurredAt: number,
  amountMinor = 0,
  refundId: string | null = null,
): OrderEvent {
  const eventId = [orderId, status, refundId, occurredAt].join('/');
  return {
    eventId,
    orderId,
    status,
    occurredAt: occurredAt as TimeMs,
    amountMinor,
    currency: BASE_CURRENCY,
    rate: BASE_RATE,
    refundId,
  };
}

/** The event with its amount in another currency. */
export function inCurrency(event: OrderEvent, currency: string, rate: string): OrderEvent {
  return { ...event, currency, rate };
}

/** What the rate of a currency depends on: in a pipeline on when an event is accepted. */
export type RatesBy = 'arrival' | 'occurrence';

/**
 * Histories of orders and credit notes: every event arrives while its order is within the history (and up to five minutes
 * before it happens), some twice, in any order; amounts, currencies, refunds and cancellations as they like, while rates
 * change. Times of events lie on a coarse grid, so that ties and exact boundaries are common.
 *
 * @param check fast-check, which the test imports: the domain itself imports nothing at run time
 * @param historyMs a multiple of 20
 * @param spanMs orders start in [0, spanMs]
 */
export function orderHistories(
  check: typeof fc,
  historyMs: number,
  spanMs: number,
  ratesBy: RatesBy = 'arrival',
): fc.Arbitrary<readonly Arrival[]> {
  const gridMs = historyMs / 20;
  const grid = (max: number) => check.nat(Math.floor(max / gridMs)).map((steps) => steps * gridMs);
  const share = check.double({ min: 0, max: 1, noNaN: true });
  const eventOf = (statuses: readonly OrderStatus[]): fc.Arbitrary<EventChoices> =>
    check.record({
      status: check.constantFrom(...statuses),
      afterMs: grid(historyMs / 2),
      amountMinor: check.oneof(check.constant(0), check.nat(3), check.nat(500)),
      currency: check.constantFrom(BASE_CURRENCY, BASE_CURRENCY, BASE_CURRENCY, 'JPY', 'JPY', 'EUR'),
      refund: check.constantFrom(null, null, 'r1', 'r2'),
      first: share,
      again: check.option(share),
    });
  const entry = check.oneof(
    { weight: 4, arbitrary: check.array(eventOf(ORDER_STATUSES_DRAWN), { minLength: 1, maxLength: 7 }) },
    { weight: 1, arbitrary: check.array(eventOf(['credited']), { minLength: 1, maxLength: 3 }) },
  );
  return check
    .array(check.tuple(grid(spanMs), entry), { maxLength: 12 })
    .map((drawn) =>
      drawn.flatMap(([startAt, events], index) => arrivalsOf(idOf(index, events), startAt, events, historyMs, ratesBy)),
    )
    .map((arrivals) => arrivals.sort((a, b) => a.at - b.at));
}

const ORDER_STATUSES_DRAWN: readonly OrderStatus[] = [
  ...['placed', 'placed', 'placed', 'paid', 'paid', 'updated'],
  ...['partially_refunded', 'partially_refunded', 'partially_refunded', 'cancelled', 'refunded'],
] as OrderStatus[];

interface EventChoices {
  readonly status: OrderStatus;
  readonly afterMs: number;
  readonly amountMinor: number;
  readonly currency: string;
  readonly refund: string | null;
  /** When an event arrives, and again: 0 is as early, 1 as late as it may. */
  readonly first: number;
  readonly again: number | null;
}

/** Credit notes are numbered from 0, too: ids of theirs are those of orders. */
function idOf(index: number, [first]: readonly EventChoices[]): string {
  return first?.status === 'credited' ? `o${index - 1}` : `o${index}`;
}

const RATES: Readonly<Record<string, readonly string[]>> = {
  [BASE_CURRENCY]: [BASE_RATE],
  JPY: ['0.67', '0.0061', '1'],
  EUR: ['1.08', '2', '0.995'],
};

function arrivalsOf(
  orderId: string,
  startAt: number,
  events: readonly EventChoices[],
  historyMs: number,
  ratesBy: RatesBy,
): readonly Arrival[] {
  const firstAt = startAt + Math.min(...events.map(({ afterMs }) => afterMs));
  return events.flatMap(({ status, afterMs, amountMinor, currency, refund, first, again }, index) => {
    const occurredAt = startAt + afterMs;
    const refundId = status === 'partially_refunded' ? refund : null;
    const event = { ...orderEvent(orderId, status, occurredAt, amountMinor, refundId), eventId: `${orderId}/${index}` };
    const earliest = occurredAt - 5 * MINUTE_MS;
    const latest = firstAt + historyMs;
    return (again === null ? [first] : [first, again]).map((share) => {
      const at = Math.round(earliest + share * (latest - earliest)) as TimeMs;
      const rates = RATES[currency] ?? [];
      const rate =
        rates[Math.abs(Math.floor((ratesBy === 'arrival' ? at : occurredAt) / (historyMs / 20))) % rates.length];
      return { event: inCurrency(event, currency, rate ?? BASE_RATE), at };
    });
  });
}
