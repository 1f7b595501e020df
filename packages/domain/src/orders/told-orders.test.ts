import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ORDER_STATUSES, type OrderEvent } from '../events.ts';
import { DAY_MS, type TimeMs } from '../time.ts';
import { purchaseOf, TOLD_MAX, type ToldOrders, tell, whatItTells } from './told-orders.ts';

const NOW = (20_000 * DAY_MS) as TimeMs;
const HISTORY_MS = 400 * DAY_MS;

const event: OrderEvent = {
  eventId: 'e',
  occurredAt: NOW,
  orderId: 'A-1',
  status: 'paid',
  amountMinor: 100,
  currency: 'USD',
  rate: '1',
  refundId: null,
};

const daysAgo = (days: number) => (NOW - days * DAY_MS) as TimeMs;
const tellAt = (known: ToldOrders, hash: number, occurredAt: TimeMs, at = NOW) =>
  tell(known, hash, occurredAt, at, HISTORY_MS);

test('an order event sent again under another eventId, later, with another amount, tells nothing', () => {
  for (const tells of [whatItTells, purchaseOf]) {
    const known = tellAt('', tells(event), NOW) ?? '';
    const again = { ...event, eventId: 'other', amountMinor: 1 };
    expect(tellAt(known, tells(again), (NOW + DAY_MS) as TimeMs, (NOW + 9 * DAY_MS) as TimeMs)).toBeNull();
  }
});

test('orders, statuses, refunds and updates are told apart; for a purchase, placed and paid are not', () => {
  const events = [
    ...ORDER_STATUSES.map((status) => ({ ...event, status })),
    { ...event, orderId: 'A-2' },
    { ...event, orderId: 'A', status: 'partially_refunded', refundId: '-1' },
    { ...event, status: 'partially_refunded', refundId: 'r' },
    { ...event, status: 'partially_refunded', eventId: 'other' },
    { ...event, status: 'updated', amountMinor: 99 },
    { ...event, status: 'updated', currency: 'EUR' },
    { ...event, status: 'updated', occurredAt: daysAgo(1) },
  ] as const satisfies readonly OrderEvent[];
  expect(new Set(events.map(whatItTells)).size).toBe(events.length);
  expect(new Set(events.map(purchaseOf)).size).toBe(events.length - 1);
});

test('what was told before the history tells nothing, and what was known then is forgotten', () => {
  expect(tellAt('', 1, daysAgo(400))).not.toBeNull();
  expect(tellAt('', 1, (daysAgo(400) - 1) as TimeMs)).toBeNull();
  const known = tellAt(tellAt('', 1, daysAgo(399)) ?? '', 2, daysAgo(1)) ?? '';
  const later = (NOW + 2 * DAY_MS) as TimeMs;
  expect(tellAt(known, 2, later, later)).toBeNull();
  const after = tellAt(known, 1, later, later);
  expect(after).toHaveLength(known.length);
});

test('at the bound the oldest go, and nothing of their days is taken for new again', () => {
  let known: ToldOrders = '';
  for (let i = 0; i < TOLD_MAX; i++) known = tellAt(known, i, daysAgo(300 - Math.floor(i / 10))) ?? '';
  const lengthAtBound = known.length;
  expect(tellAt(known, TOLD_MAX, daysAgo(300))).toBeNull();
  expect(tellAt(known, TOLD_MAX, daysAgo(301))).toBeNull();
  for (let i = 0; i < 15; i++) known = tellAt(known, TOLD_MAX + i, NOW) ?? '';
  expect(known).toHaveLength(lengthAtBound);
  for (let i = 0; i < 20; i++) expect(tellAt(known, i, daysAgo(300 - Math.floor(i / 10)))).toBeNull();
  // A policy's shorter history makes room: what is older than it is refused for its age.
  expect(tell(known, 5, daysAgo(300), NOW, 250 * DAY_MS)).toBeNull();
});

test('is a set by hash and day: for any events in any order, as a list kept plainly has it', () => {
  const told = fc.record({ hash: fc.nat(12), ageDays: fc.integer({ min: -1, max: 420 }), waitDays: fc.nat(9) });
  fc.assert(
    fc.property(fc.array(told, { maxLength: 60 }), (all) => {
      let known: ToldOrders = '';
      let plain: { readonly hash: number; readonly day: number }[] = [];
      let at = NOW;
      for (const { hash, ageDays, waitDays } of all) {
        at = (at + waitDays * DAY_MS) as TimeMs;
        const occurredAt = (at - ageDays * DAY_MS) as TimeMs;
        const within = plain.filter(({ day }) => day >= Math.floor((at - HISTORY_MS) / DAY_MS));
        const isNew = ageDays <= 400 && within.every((one) => one.hash !== hash);
        const after = tell(known, hash, occurredAt, at, HISTORY_MS);
        expect(after !== null).toBe(isNew);
        if (after === null) continue;
        known = after;
        plain = [...within, { hash, day: Math.floor(occurredAt / DAY_MS) }];
        expect(known).toHaveLength(9 * plain.length);
      }
      const sorted = plain.toSorted((a, b) => b.day - a.day || b.hash - a.hash);
      const atOnce = sorted.reduce<ToldOrders>(
        (text, { hash, day }) => tell(text, hash, (day * DAY_MS) as TimeMs, at, 2 * HISTORY_MS) ?? '',
        '',
      );
      expect(atOnce).toBe(known);
    }),
    { numRuns: 1_000 },
  );
});

test('ids as shops have them collide no more often than chance says', () => {
  const patterns = [(i: number) => `${i}`, (i: number) => `#10${i}`, (i: number) => `gid://shop/Order/55${i}01`];
  const hashes = new Set<number>();
  let count = 0;
  for (let i = 0; i < 100_000; i++) {
    for (const pattern of patterns) {
      hashes.add(whatItTells({ ...event, orderId: pattern(i) }));
      count++;
    }
  }
  const expected = count ** 2 / 2 ** 33;
  expect(expected).toBeGreaterThan(10);
  expect(count - hashes.size).toBeLessThan(3 * expected);
});
