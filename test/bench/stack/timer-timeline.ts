import { customerKey, encodeTimeline, laneOf, timelineHeaders } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import type { EventLog, NewRecord } from '@tidemark/stream';
import { eventHeaders, policyRecord, TimelineLane } from './write-timeline.ts';

/** Over this much log time the orders are spread evenly, and so are the timers that come of them. */
export const MINUTE_MS = 60_000;
const FIRST_ORDER_AT = Date.UTC(2026, 0, 2);

/**
 * Writes to the timeline, as unify would, a policy first in each lane and then one order of each customer, within a minute.
 * Resolves to the records of each lane.
 */
export async function writeOrders(log: EventLog, customers: number): Promise<readonly number[]> {
  const writer = await log.writer();
  const lanes = Array.from({ length: log.lanes }, (_, lane) => new TimelineLane(writer, lane));
  for (const lane of lanes) lane.add(policyRecord());
  for (let n = 0; n < customers; n++) {
    const key = customerKey(`customer-${n}`);
    const lane = lanes[laneOf(key, log.lanes)];
    if (lane === undefined) throw new RangeError(`expected a lane below ${log.lanes}`);
    lane.add(orderRecord(key, n, FIRST_ORDER_AT + Math.floor((n / customers) * MINUTE_MS), lane.records));
    if (lane.isFull) await lane.send();
  }
  await Promise.all(lanes.map((lane) => lane.end()));
  await writer.close();
  return lanes.map(({ records }) => records);
}

/** When the minute begins in which the timers come due, of a score whose view changes so long after a customer's order. */
export function firstDueAt(silenceMs: number): number {
  return FIRST_ORDER_AT + silenceMs;
}

/** A customer's order as unify writes it. `offset`: of the raw record; it grows in a lane. */
export function orderRecord(key: Uint8Array, n: number, logTime: number, offset: number): NewRecord {
  const at = logTime as TimeMs;
  const eventId = `event-${n}`;
  const value = encodeTimeline({
    type: 'order',
    data: {
      eventId,
      occurredAt: at,
      orderId: `order-${n}`,
      status: 'placed',
      refundId: null,
      amountMinor: 4_900,
      currency: 'USD',
      rate: '1',
      items: [],
      marginMinor: null,
    },
  });
  return { key, value, headers: eventHeaders('order', 'orders', offset, at, eventId) };
}

/** What unify writes to a silent lane. */
export function tickRecord(logTime: number): NewRecord {
  const headers = timelineHeaders({
    type: 'tick',
    origin: null,
    logTime: logTime as TimeMs,
    clock: 'live',
    eventId: null,
    rawAppendedAtMs: null,
  });
  return { key: null, value: null, headers };
}
