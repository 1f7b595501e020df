import RudderAnalytics from '@rudderstack/rudder-sdk-node';
import { Analytics } from '@segment/analytics-node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type OnTheWay, startFaultyWay } from './testing/faulty-way.ts';
import { KEYS, startTestDoor, type TestDoor } from './testing/test-door.ts';

const EVENTS = 60;
/** The SDKs' own waits between tries are some seconds. */
const TIMEOUT_MS = 100_000;
const order = (i: number) => ({ order_id: `o${i}`, total: 1, currency: 'USD' });
/** Every tenth has an amount that nobody can read. */
const isBad = (i: number) => i % 10 === 7;
const propertiesOf = (i: number) => (isBad(i) ? { ...order(i), total: '27,50' } : order(i));

/** Orders by id, and dead letters by event id: each once, however often it was sent. */
async function account(door: TestDoor) {
  const orders = [...(await door.events()).values()].map(({ orderId }) => String(orderId));
  const letters = new Set((await door.letters()).map(({ headers }) => headers['event-id']));
  return { orders: orders.sort(), letters: letters.size };
}

const ids = Array.from({ length: EVENTS }, (_, i) => i);
const goodOrders = (from: readonly number[]) =>
  from
    .filter((i) => !isBad(i))
    .map((i) => `o${i}`)
    .sort();

const faults: readonly OnTheWay[] = [
  { status: 429, retryAfter: '1' },
  'cut before',
  { status: 500 },
  'cut after',
  { status: 503, retryAfter: '1' },
];

describe('@segment/analytics-node', () => {
  const start = (url: string) =>
    new Analytics({ writeKey: KEYS.shop, host: url, maxEventsInBatch: 15, flushInterval: 200, disable: false });

  test('whatever happens on the way, each event is in the log, or a dead letter, and has one id', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const door = await startTestDoor({ now: Date.now() });
    const way = await startFaultyWay(door.url, faults);
    const analytics = start(way.url);
    for (const i of ids) analytics.track({ event: 'Order Completed', userId: `u${i}`, properties: propertiesOf(i) });
    await analytics.closeAndFlush();
    expect(await account(door)).toEqual({ orders: goodOrders(ids), letters: 6 });
    expect(way.seen.length).toBeGreaterThanOrEqual(4 + faults.length);
  });

  test('a batch that is answered 400 is given up, and no other', { timeout: TIMEOUT_MS }, async () => {
    const door = await startTestDoor({ now: Date.now() });
    const way = await startFaultyWay(door.url, [{ status: 400 }]);
    const analytics = start(way.url);
    let failed = 0;
    analytics.on('error', () => failed++);
    for (const i of ids) analytics.track({ event: 'Order Completed', userId: `u${i}`, properties: propertiesOf(i) });
    await analytics.closeAndFlush();
    const { orders, letters } = await account(door);
    expect([orders.length + letters, failed > 0]).toEqual([EVENTS - 15, true]);
  });

  test('each kind of call is taken, and the kinds are told apart', { timeout: TIMEOUT_MS }, async () => {
    const door = await startTestDoor({ now: Date.now() });
    const analytics = start(door.url);
    analytics.identify({ userId: 'anna', anonymousId: 'a1', traits: { plan: 'pro', age: 34 } });
    analytics.page({ userId: 'anna', name: 'Home', properties: { url: 'https://shop.example/?q=1' } });
    analytics.screen({ anonymousId: 'a1', name: 'Start' });
    analytics.alias({ userId: 'anna', previousId: 'a0' });
    analytics.group({ userId: 'anna', groupId: 'g1' });
    analytics.track({ userId: 'anna', event: 'Order Completed', properties: order(1) });
    await analytics.closeAndFlush();
    const events = [...(await door.events())].map(([name, { customerId }]) => `${name.split(' ')[0]} ${customerId}`);
    expect(events.sort()).toEqual([
      ...['identities anna', 'identities anna', 'interactions anna', 'interactions anon:a1', 'orders anna'],
    ]);
    const verdicts = door.answered.flatMap(({ events }) => events.map(({ type, verdict }) => `${type} ${verdict}`));
    expect(verdicts).toContain('group ignored');
    expect(verdicts.filter((verdict) => verdict.endsWith('accepted'))).toHaveLength(5);
  });
});

describe('rudder-sdk-node', () => {
  test('compressed, without a key in its body or a timestamp, and whatever happens on the way', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const door = await startTestDoor({ now: Date.now() });
    const way = await startFaultyWay(door.url, [{ status: 429 }, 'cut before', { status: 500 }]);
    const analytics = new RudderAnalytics(KEYS.shop, {
      dataPlaneUrl: way.url,
      flushAt: 15,
      flushInterval: 100,
      gzip: true,
      logLevel: 'none' as never,
    });
    onTestFinished(() => void analytics.flush());
    const failures: unknown[] = [];
    const settled = ids.map(
      (i) =>
        new Promise<void>((resolve) =>
          analytics.track(
            { event: 'Order Completed', userId: `u${i}`, properties: propertiesOf(i) as never },
            (error?: unknown) => {
              if (error) failures.push(error);
              resolve();
            },
          ),
        ),
    );
    await Promise.all(settled);
    expect(failures).toEqual([]);
    expect(await account(door)).toEqual({ orders: goodOrders(ids), letters: 6 });
    expect(new Set(way.seen.map(({ encoding }) => encoding))).toEqual(new Set(['gzip']));
  });
});
