import type { TimelineOrderRecord } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEDUP_EVENTS_MAX, DEDUP_WINDOW_MS, DedupWindow, eventKeysOf, HELD_EVENTS_MAX } from './dedup-window.ts';
import { RecentHashes } from './recent-hashes.ts';

const AT = Date.UTC(2026, 5, 1) as TimeMs;
const ORDER: TimelineOrderRecord = {
  eventId: 'e1',
  occurredAt: AT,
  orderId: 'o1',
  status: 'refunded',
  refundId: 'r1',
  amountMinor: 1_000,
  currency: 'EUR',
  rate: '1',
  items: [],
  marginMinor: null,
};

describe('an event is known again', () => {
  test('by topic, customer and eventId: what differs in one of them hides nothing', () => {
    const known = eventKeysOf('orders', 'ada', 'e1', null).event;
    expect(eventKeysOf('orders', 'ada', 'e1', ORDER).event).toBe(known);
    for (const other of [
      eventKeysOf('interactions', 'ada', 'e1', null),
      eventKeysOf('orders', 'bob', 'e1', null),
      eventKeysOf('orders', 'ada', 'e2', null),
      eventKeysOf('orders', 'adae', '1', null),
    ]) {
      expect(other.event).not.toBe(known);
    }
  });

  test('as what an order’s event says, under whatever id; a field that differs makes it another', () => {
    const keyOf = (changes: Partial<TimelineOrderRecord>, customer = 'ada') =>
      eventKeysOf('orders', customer, 'any', { ...ORDER, ...changes }).order;
    expect(keyOf({ eventId: 'e2', rate: '1.1', marginMinor: 3 })).toBe(keyOf({}));
    const others: Partial<TimelineOrderRecord>[] = [
      { orderId: 'o2' },
      { status: 'paid' },
      { refundId: null },
      { refundId: 'r2' },
      { occurredAt: (AT + 1) as TimeMs },
      { amountMinor: 1_001 },
      { currency: 'USD' },
      { orderId: 'o1r', refundId: '1' },
    ];
    expect(new Set([...others.map((changes) => keyOf(changes)), keyOf({}, 'bob'), keyOf({})]).size).toBe(10);
  });

  test('part refunds without an id of their own are known by eventId alone', () => {
    const part = { ...ORDER, status: 'partially_refunded' } as const;
    expect(eventKeysOf('orders', 'ada', 'e1', { ...part, refundId: null }).order).toBeNull();
    expect(eventKeysOf('orders', 'ada', 'e1', part).order).not.toBeNull();
  });
});

test('an event is remembered for an hour of log time, and no longer than a second more', () => {
  const window = new DedupWindow();
  const keys = eventKeysOf('orders', 'ada', 'e1', ORDER);
  window.add(keys, AT, false);
  const isKnown = (afterMs: number) => window.has(keys, (AT + afterMs) as TimeMs);
  // Nothing is added meanwhile: in a quiet lane its age counts all the same.
  expect([isKnown(0), isKnown(DEDUP_WINDOW_MS), isKnown(DEDUP_WINDOW_MS + 1_000)]).toEqual([true, true, false]);
  const again = { ...keys, event: eventKeysOf('orders', 'ada', 'e2', null).event };
  expect(window.has(again, AT)).toBe(true);
  expect(window.has(again, (AT + DEDUP_WINDOW_MS + 1_000) as TimeMs)).toBe(false);
  window.add(again, (AT + DEDUP_WINDOW_MS + 1_000) as TimeMs, false);
  expect(window.reachesBackTo).toBe(AT + DEDUP_WINDOW_MS + 1_000);
});

test('a window of 1,000,000 order events has at most 32 MiB, 16 MiB of them for ids; the oldest go first', () => {
  const window = new DedupWindow();
  const keysOf = (i: number) => ({ event: spread(i), order: spread(-i) });
  for (let i = 1; i <= DEDUP_EVENTS_MAX + 2; i++) window.add(keysOf(i), (AT + (i >> 9)) as TimeMs, false);
  const known = [1, 2, 3, DEDUP_EVENTS_MAX + 2].map((i) => window.has(keysOf(i), AT));
  expect(known).toEqual([false, false, true, true]);
  expect(window.bytes).toBeLessThanOrEqual(32 * 2 ** 20);
});

test('events of held ids push nobody else’s out, are remembered half as many, and are known however they came', () => {
  const window = new DedupWindow();
  const keysOf = (i: number) => ({ event: spread(i), order: null });
  window.add(keysOf(0), AT, false);
  for (let i = 1; i <= DEDUP_EVENTS_MAX; i++) window.add(keysOf(i), AT, true);
  const known = [0, 1, DEDUP_EVENTS_MAX - HELD_EVENTS_MAX, DEDUP_EVENTS_MAX - HELD_EVENTS_MAX + 1, DEDUP_EVENTS_MAX];
  expect(known.map((i) => window.has(keysOf(i), AT))).toEqual([true, false, false, true, true]);
  expect(window.bytes).toBeLessThanOrEqual(9 * 2 ** 20);
  const order = { event: spread(-1), order: spread(-2) };
  window.add(order, AT, true);
  expect(window.has({ event: spread(-3), order: order.order }, AT)).toBe(true);
});

test('hashes are held as a list of them would be, whatever comes and goes', () => {
  const step = fc.record({ id: fc.nat(40), afterMs: fc.constantFrom(0, 1, 400, 999, 2_500) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.constantFrom(1, 2, 7, 16), (steps, countMax) => {
      const hashes = new RecentHashes(countMax, 3_000);
      let model: { readonly id: number; readonly at: number }[] = [];
      let now = AT as number;
      for (const { id, afterMs } of steps) {
        now += afterMs;
        const young = model.filter(({ at }) => Math.floor(now / 1_000) - Math.floor(at / 1_000) <= 3);
        expect(hashes.has(digest(id), now as TimeMs)).toBe(young.some((each) => each.id === id));
        if (id % 3 === 0) continue;
        model = young.some((each) => each.id === id) ? young : [...young, { id, at: now }].slice(-countMax);
        hashes.add(digest(id), now as TimeMs);
      }
    }),
  );
});

/** Digests that are spread as hashes are, made faster. */
function spread(id: number): string {
  const low = Math.imul(id, 0x9e3779b1);
  const bytes = [id >>> 24, id >> 16, id >> 8, id, low >>> 24, low >> 16, low >> 8, low];
  return String.fromCharCode(...bytes.map((byte) => byte & 255));
}

/** Digests that differ in their first or second word alone, and begin their search at few places. */
function digest(id: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeInt32BE(id >> 4, 0);
  bytes.writeInt32BE(id & 15, 4);
  return bytes.toString('latin1');
}
