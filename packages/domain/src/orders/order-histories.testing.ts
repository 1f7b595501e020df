import type fc from 'fast-check';
import type { OrderEvent, OrderStatus } from '../events.ts';
import { BASE_RATE } from '../money.ts';
import { MINUTE_MS, type TimeMs } from '../time.ts';

/** An event and the stream time at which it arrives. */
export interface Arrival {
  readonly event: OrderEvent;
  readonly at: TimeMs;
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
    currency: 'USD',
    rate: BASE_RATE,
    refundId,
  };
}

/**
 * Histories in which nothing depends on the order of arrival: every event arrives while its order is within the history
 * (and up to five minutes before it happens), some twice, in any order; part refunds stay within the amount. Times of
 * events lie on a coarse grid, so that ties and exact boundaries are common.
 *
 * @param check fast-check, which the test imports: the domain itself imports nothing at run time
 * @param historyMs a multiple of 20
 * @param spanMs orders start in [0, spanMs]
 */
export function orderHistories(check: typeof fc, historyMs: number, spanMs: number): fc.Arbitrary<readonly Arrival[]> {
  const gridMs = historyMs / 20;
  const grid = (max: number) => check.nat(Math.floor(max / gridMs)).map((steps) => steps * gridMs);
  const amount = check.oneof(check.constant(0), check.nat(500));
  const share = check.double({ min: 0, max: 1, noNaN: true });
  const order = check.record<OrderChoices>({
    startAt: grid(spanMs),
    placedDelayMs: grid(historyMs / 10),
    paidDelayMs: grid(historyMs / 10),
    sales: check.constantFrom<OrderStatus[][]>(['placed'], ['paid'], ['placed', 'paid'], []),
    placedBeyondRefunds: amount,
    paidBeyondRefunds: amount,
    undoings: check.constantFrom<OrderStatus[][]>([], [], ['cancelled'], ['refunded'], ['cancelled', 'refunded']),
    partRefunds: check.array(check.nat(300), { maxLength: 3 }),
    afterMs: grid(historyMs / 2),
    arrivalShares: check.array(check.record({ first: share, again: check.option(share) }), {
      minLength: EVENTS_MAX,
      maxLength: EVENTS_MAX,
    }),
  });
  return check
    .array(order, { maxLength: 12 })
    .map((orders) => orders.flatMap((choices, index) => arrivalsOf(`o${index}`, choices, historyMs)))
    .map((arrivals) => arrivals.sort((a, b) => a.at - b.at));
}

/** Events of one order: two sales, two undoings, three part refunds. */
const EVENTS_MAX = 7;

interface OrderChoices {
  readonly startAt: number;
  readonly placedDelayMs: number;
  readonly paidDelayMs: number;
  readonly sales: readonly OrderStatus[];
  readonly placedBeyondRefunds: number;
  readonly paidBeyondRefunds: number;
  readonly undoings: readonly OrderStatus[];
  readonly partRefunds: readonly number[];
  readonly afterMs: number;
  /** When an event arrives, and again: 0 is as early, 1 as late as it may. */
  readonly arrivalShares: readonly { readonly first: number; readonly again: number | null }[];
}

function arrivalsOf(orderId: string, choices: OrderChoices, historyMs: number): readonly Arrival[] {
  const refundedMinor = choices.partRefunds.reduce((sum, part) => sum + part, 0);
  const sales = choices.sales.map((status) => {
    const delayMs = status === 'placed' ? choices.placedDelayMs : choices.paidDelayMs;
    const beyondRefunds = status === 'placed' ? choices.placedBeyondRefunds : choices.paidBeyondRefunds;
    return orderEvent(orderId, status, choices.startAt + delayMs, refundedMinor + beyondRefunds);
  });
  const orderAt = sales.length === 0 ? choices.startAt : Math.min(...sales.map((event) => event.occurredAt));
  const afterAt = orderAt + choices.afterMs;
  const undoings = choices.undoings.map((status, index) => orderEvent(orderId, status, afterAt + index, refundedMinor));
  const partRefunds = choices.partRefunds.map((part, index) =>
    orderEvent(orderId, 'partially_refunded', afterAt + 2 - index, part, index === 0 ? null : `r${index}`),
  );
  return [...sales, ...undoings, ...partRefunds].flatMap((event, index) => {
    const { first = 0, again = null } = choices.arrivalShares[index] ?? {};
    const earliest = event.occurredAt - 5 * MINUTE_MS;
    const latest = orderAt + historyMs;
    return (again === null ? [first] : [first, again]).map((share) => {
      return { event, at: Math.round(earliest + share * (latest - earliest)) as TimeMs };
    });
  });
}
