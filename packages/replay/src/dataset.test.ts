import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OrderEventRecord, RawRecord } from '@tidemark/contracts';
import { DAY_MS, type TimeMs } from '@tidemark/domain';
import { defaultPolicy } from '@tidemark/policy';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Dataset } from './dataset.ts';
import { loadOrders, openDataset } from './open-dataset.ts';

describe('the bundled data set', () => {
  let dataset: Dataset;
  beforeAll(async () => {
    dataset = await openDataset({ source: { kind: 'cdnow' }, simulated: true });
  });

  test('has 69,659 real orders of 23,570 customers, and simulated events that make it 500,000', () => {
    const { orders, customers, simulated, size } = dataset;
    expect({ orders, customers, simulated, size }).toEqual({
      orders: 69_659,
      customers: 23_570,
      simulated: 430_341,
      size: 500_000,
    });
    expect(Object.values(dataset.simulatedByKind).every((count) => count > 100)).toBe(true);
  });

  test('is the same whenever it is opened', async () => {
    const again = await openDataset({ source: { kind: 'cdnow' }, simulated: true });
    expect(again.fingerprint).toBe(dataset.fingerprint);
    // A change of what is simulated is a new data set: folders in use are refused from then on.
    expect(dataset.fingerprint.slice(0, 16)).toMatchInlineSnapshot(`"1f3889390f4008a1"`);
  });

  test('counts the 255 orders that repeat another line: every order has its own id, and every event', () => {
    const orderIds = new Set<string>();
    const eventIds = new Set<string>();
    let repeats = 0;
    for (let place = 0; place < dataset.size; place++) {
      const { recordType, value } = dataset.recordAt(place);
      if ('eventId' in value) eventIds.add(value.eventId);
      if (recordType !== 'order-event') continue;
      orderIds.add(value.orderId);
      if (!value.orderId.endsWith('/1')) repeats += 1;
    }
    expect({ orderIds: orderIds.size, eventIds: eventIds.size }).toEqual({ orderIds: 69_659, eventIds: 500_000 });
    expect(repeats).toBe(255);
  });

  test('has the orders of the file, to the cent', () => {
    let sumMinor = 0;
    let free = 0;
    for (const order of ordersOf(dataset)) {
      sumMinor += order.amountMinor;
      if (order.amountMinor === 0) free += 1;
    }
    expect({ sumMinor, free }).toMatchInlineSnapshot(`
      {
        "free": 80,
        "sumMinor": 250031563,
      }
    `);
  });

  test('is in order of time, and its index of days says where each event is', () => {
    let last = 0;
    for (let place = 0; place < dataset.size; place++) {
      const time = timeOf(dataset.recordAt(place));
      if (time < last) throw new Error(`place ${place} is before its predecessor`);
      last = time;
    }
    let covered = 0;
    for (let day = dataset.firstDay; day <= dataset.lastDay; day = (day + DAY_MS) as typeof day) {
      const { from, to } = dataset.placesOfDay(day);
      expect(from).toBe(covered);
      covered = to;
      if (from === to) continue;
      expect(timeOf(dataset.recordAt(from))).toBeGreaterThanOrEqual(day);
      expect(timeOf(dataset.recordAt(to - 1))).toBeLessThan(day + DAY_MS);
    }
    expect(covered).toBe(dataset.size);
  });

  test('has the same orders without what is simulated', async () => {
    const bare = await openDataset({ source: { kind: 'cdnow' }, simulated: false });
    expect([bare.size, bare.simulated]).toEqual([69_659, 0]);
    expect(bare.fingerprint).not.toBe(dataset.fingerprint);
    expect([...ordersOf(bare)]).toEqual([...ordersOf(dataset)]);
  });

  test('has a sample of 6,919 orders of 2,357 customers', async () => {
    const sample = await openDataset({ source: { kind: 'cdnow-sample' }, simulated: true });
    expect([sample.orders, sample.customers, sample.simulated]).toEqual([6_919, 2_357, 42_744]);
  });
});

describe("a user's data set", () => {
  const policy = { ...defaultPolicy(), currency: { base: 'EUR', rates: {} } };
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tidemark-data-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const open = (lines: string[], simulated = false) => {
    const path = join(folder, 'orders.csv');
    writeFileSync(path, lines.join('\n'));
    return openDataset({ source: { kind: 'csv', path, policy }, simulated });
  };

  test('is sorted by time, then by line; lines without an id that are alike are orders of their own', async () => {
    const dataset = await open([
      'customer_id,occurred_at,amount',
      'a,2024-01-02,5',
      'b,2024-01-01T10:00:00Z,7',
      'a,2024-01-02,5.00',
      'a,2024-01-02,6',
    ]);
    const ids = `replay-${dataset.fingerprint.slice(0, 8)}-`;
    expect([...ordersOf(dataset)].map(({ eventId, orderId }) => [eventId, orderId])).toEqual([
      [`${ids}3`, 'b/2024-01-01T10:00:00.000Z/700/1'],
      [`${ids}2`, 'a/2024-01-02T00:00:00.000Z/500/1'],
      [`${ids}4`, 'a/2024-01-02T00:00:00.000Z/500/2'],
      [`${ids}5`, 'a/2024-01-02T00:00:00.000Z/600/1'],
    ]);
  });

  test('keeps order ids within 256 bytes for the longest customer id', async () => {
    const dataset = await open(['customer_id,occurred_at,amount', `${'x'.repeat(256)},2024-01-02,5`]);
    const [order] = ordersOf(dataset);
    expect(Buffer.byteLength(order?.orderId ?? '')).toBeLessThanOrEqual(256);
    expect(order?.customerId).toBe('x'.repeat(256));
  });

  test('tells part refunds of one order apart by their lines', async () => {
    const dataset = await open([
      'customer_id,occurred_at,amount,order_id,status',
      'a,2024-01-02,50,o1,paid',
      'a,2024-01-03,5,o1,partially_refunded',
      'a,2024-01-04,5,o1,partially_refunded',
    ]);
    expect([...ordersOf(dataset)].map(({ status, refundId }) => [status, refundId])).toEqual([
      ['PAID', null],
      ['PARTIALLY_REFUNDED', expect.stringMatching(/^replay-.*-3$/)],
      ['PARTIALLY_REFUNDED', expect.stringMatching(/^replay-.*-4$/)],
    ]);
  });

  test.each([1, 2, 17, 500])('has events simulated around %i orders, in proportion, on their days', async (count) => {
    const lines = Array.from({ length: count }, (_, i) => `c${i % 7},2024-0${1 + (i % 6)}-1${i % 10}T09:30:00Z,${i}`);
    const dataset = await open(['customer_id,occurred_at,amount', ...lines], true);
    expect(dataset.simulated).toBe(Math.round((count * 430_341) / 69_659));
    const days = [...lines].map((line) => line.split(',')[1]?.slice(0, 10) ?? '').sort();
    expect(new Date(dataset.firstDay).toISOString().slice(0, 10)).toBe(days[0]);
    expect(new Date(dataset.lastDay).toISOString().slice(0, 10)).toBe(days.at(-1));
  });

  test('has event ids of its own space, which name the file by what it holds, and are the same at every run', async () => {
    const lines = ['customer_id,occurred_at,amount', 'a,2024-01-02,5', 'b,2024-01-03,5'];
    const [once, again] = [await open(lines, true), await open(lines, true)];
    const other = await open([...lines, 'c,2024-01-04,5'], true);
    const idsOf = (dataset: Dataset) =>
      Array.from({ length: dataset.size }, (_, place) => {
        const { value } = dataset.recordAt(place);
        return 'eventId' in value ? value.eventId : '';
      });
    expect(idsOf(again)).toEqual(idsOf(once));
    for (const id of [...idsOf(once), ...idsOf(other)]) expect(id).toMatch(/^replay-[0-9a-f]{8}-s?\d+$/);
    const ofOther = new Set(idsOf(other));
    expect(idsOf(once).filter((id) => ofOther.has(id))).toEqual([]);
  });

  test.each([false, true])(
    'has nothing from its end on, simulated events (%s) included, and says what is left out',
    async (simulated) => {
      const end = Date.UTC(2024, 0, 2, 8) as TimeMs;
      const lines = [
        'customer_id,occurred_at,amount',
        'a,2023-12-20,5',
        'a,2024-01-02,5',
        'b,2052-01-03,5',
        'c,2024-01-02T08:00:00Z,5',
      ];
      const path = join(folder, 'orders.csv');
      writeFileSync(path, lines.join('\n'));
      const loaded = await loadOrders({ source: { kind: 'csv', path, policy } });
      const dataset = loaded.dataset({ simulated, end });
      for (let place = 0; place < dataset.size; place++) expect(timeOf(dataset.recordAt(place))).toBeLessThan(end);
      expect([dataset.orders, dataset.customers, dataset.lastDay]).toEqual([2, 1, Date.UTC(2024, 0, 2)]);
      expect(loaded.leftOut.byReason.get('after-end')).toMatchObject({
        lines: 2,
        examples: [
          { line: 4, found: '"2052-01-03T00:00:00.000Z"' },
          { line: 5, expected: expect.stringContaining('2024-01-02T08:00:00.000Z') },
        ],
      });
    },
  );

  test('without a single order before its end is refused', async () => {
    const path = join(folder, 'orders.csv');
    writeFileSync(path, 'customer_id,occurred_at,amount\na,2024-01-02,5\n');
    const loaded = await loadOrders({ source: { kind: 'csv', path, policy } });
    expect(loaded.firstAt).toBe(Date.UTC(2024, 0, 2));
    expect(() => loaded.dataset({ simulated: false, end: loaded.firstAt })).toThrow('expected at least one order');
  });

  test('without a single order is refused with an example of what is wrong', async () => {
    await expect(open(['customer_id,occurred_at,amount', 'a,never,5'])).rejects.toMatchObject({
      code: 'data-set-empty',
      message: expect.stringContaining(
        '1 since the time is not a date in ISO 8601: format the column so (line 2: expected',
      ),
    });
  });
});

function* ordersOf(dataset: Dataset): Generator<OrderEventRecord> {
  for (let place = 0; place < dataset.size; place++) {
    if (dataset.topicAt(place) !== 'orders') continue;
    const record = dataset.recordAt(place);
    if (record.recordType === 'order-event') yield record.value;
  }
}

function timeOf({ value }: RawRecord): number {
  return 'occurredAt' in value ? value.occurredAt : Number.NaN;
}
