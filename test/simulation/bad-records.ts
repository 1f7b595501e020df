import type { DeadLetterReason, OrderEventRecord, RawTopic } from '@tidemark/contracts';
import { customerKey, encodeRaw, laneOf } from '@tidemark/contracts';
import { type CustomerId, DAY_MS, type TimeMs } from '@tidemark/domain';
import type { Random } from '@tidemark/testkit';
import { encoded } from './events.ts';
import type { RawWrite } from './raw-write.ts';

/** The bound given to unify, below what a `too-large` record has. */
export const RECORD_BYTES_MAX = 6_000;

type Bad = Pick<RawWrite, 'topic' | 'key' | 'value' | 'time'> & { readonly reason: DeadLetterReason };

/** A record that unify has to refuse. */
export function makeBadRecord(
  random: Random,
  { lane, lanes }: { readonly lane: number; readonly lanes: number },
  customerId: CustomerId,
  time: number,
): RawWrite {
  const kinds: readonly ((good: OrderEventRecord) => Bad)[] = [
    malformed,
    unknownSchema,
    keyless,
    mismatched,
    misplaced,
  ];
  const order: OrderEventRecord = {
    eventId: `bad-${lane}-${random.between(0, 1e9)}`,
    customerId,
    occurredAt: time as TimeMs,
    orderId: 'bad',
    status: 'PLACED',
    amountMinor: 100,
    currency: 'USD',
    refundId: null,
    items: [],
    marginMinor: null,
  };
  const others = [badField, idless, negative, foreign, timeless, early, futuristic, large];
  const astray = lanes === 1 ? [] : [onAnotherLane(lane, lanes)];
  const bad = random.pick([...kinds, ...others, ...astray])(order);
  const { topic, key, value, reason } = bad;
  return { topic, lane, key, value, expectation: { kind: 'refused', reason }, time: bad.time, until: null };
}

function malformed(order: OrderEventRecord): Bad {
  const bytes = encoded('order-event', order);
  return { ...keyed('orders', order), value: bytes.subarray(0, bytes.length - 3), time: null, reason: 'malformed' };
}

function unknownSchema(order: OrderEventRecord): Bad {
  return {
    ...keyed('orders', order),
    value: encodeRaw('order-event', 999, order),
    time: null,
    reason: 'unknown-schema',
  };
}

function keyless(order: OrderEventRecord): Bad {
  return { ...orderBytes(order), key: null, reason: 'invalid-key' };
}

function mismatched(order: OrderEventRecord): Bad {
  return {
    ...orderBytes({ ...order, customerId: `${order.customerId}?` }),
    ...keyed('orders', order),
    reason: 'key-mismatch',
  };
}

function misplaced(order: OrderEventRecord): Bad {
  return { ...orderBytes(order), topic: 'interactions', reason: 'unexpected-type' };
}

function badField(order: OrderEventRecord): Bad {
  return { ...orderBytes({ ...order, orderId: '' }), reason: 'invalid-field' };
}

function idless(order: OrderEventRecord): Bad {
  return { ...orderBytes({ ...order, customerId: 'undefined' }), reason: 'invalid-key' };
}

/** Where a producer's own partitioner put it: the key is of another lane. */
function onAnotherLane(lane: number, lanes: number): (order: OrderEventRecord) => Bad {
  let n = 0;
  while (laneOf(customerKey(`astray-${n}`), lanes) === lane) n++;
  return (order) => ({ ...orderBytes({ ...order, customerId: `astray-${n}` }), reason: 'wrong-lane' });
}

function negative(order: OrderEventRecord): Bad {
  return { ...orderBytes({ ...order, amountMinor: -1 }), reason: 'negative-amount' };
}

function foreign(order: OrderEventRecord): Bad {
  return { ...orderBytes({ ...order, currency: 'JPY' }), reason: 'unknown-currency' };
}

function timeless(order: OrderEventRecord): Bad {
  return { ...orderBytes({ ...order, occurredAt: -5 as TimeMs }), reason: 'invalid-time' };
}

/** Seconds that were taken for milliseconds. */
function early(order: OrderEventRecord): Bad {
  const occurredAt = Math.floor(order.occurredAt / 1_000) as TimeMs;
  return { ...orderBytes({ ...order, occurredAt }), reason: 'invalid-time' };
}

/** So far ahead that no delay brings the lane's clock there. */
function futuristic(order: OrderEventRecord): Bad {
  return { ...orderBytes({ ...order, occurredAt: (order.occurredAt + 900 * DAY_MS) as TimeMs }), reason: 'future' };
}

function large(order: OrderEventRecord): Bad {
  const items = Array.from({ length: 40 }, () => ({
    sku: 'x'.repeat(200),
    quantity: 1,
    amountMinor: 0,
    category: null,
  }));
  return { ...orderBytes({ ...order, items }), reason: 'too-large' };
}

function keyed(topic: RawTopic, { customerId }: OrderEventRecord): Pick<Bad, 'topic' | 'key'> {
  return { topic, key: customerKey(customerId) };
}

function orderBytes(order: OrderEventRecord): Pick<Bad, 'topic' | 'key' | 'value' | 'time'> {
  return { ...keyed('orders', order), value: encoded('order-event', order), time: order.occurredAt };
}
