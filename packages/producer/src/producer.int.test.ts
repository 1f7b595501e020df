import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { OrderInput } from './event-inputs.ts';
import { httpTransport } from './http-transport.ts';
import { createProducer, type ProducerOptions } from './producer.ts';
import { type Fault, IngestServer } from './testing/ingest-server.ts';
import { VirtualRuntime } from './testing/virtual-runtime.ts';

let server: IngestServer;
beforeEach(async () => {
  server = await IngestServer.start();
});
afterEach(() => server.close());

function order(orderId: string, customerId = 'customer-1'): OrderInput {
  const occurredAt = new Date('2026-11-21T09:30:00Z');
  return {
    customerId,
    occurredAt,
    eventId: `${orderId}-paid`,
    orderId,
    status: 'PAID',
    amountMinor: 1,
    currency: 'EUR',
  };
}

function producerOf(options: Partial<ProducerOptions> = {}, timeoutMs = 5_000) {
  const runtime = new VirtualRuntime();
  const transport = httpTransport({ url: server.url, token: 'secret', timeoutMs });
  return { runtime, producer: createProducer({ transport, runtime, ...options }) };
}

const status = (code: number, headers: Record<string, string> = {}): Fault => ({
  kind: 'status',
  status: code,
  headers,
});

describe('events arrive', () => {
  test('durable, with their places, in one request', async () => {
    const { producer } = producerOf();
    const delivered = await Promise.all([producer.order(order('a')), producer.order(order('b'))]);
    expect(delivered).toEqual([
      { topic: 'orders', eventId: 'a-paid', lane: expect.any(Number), offset: 0 },
      { topic: 'orders', eventId: 'b-paid', lane: expect.any(Number), offset: 1 },
    ]);
    expect(server.requestSizes).toEqual([2]);
    expect(server.authorizations).toEqual(['Bearer secret']);
  });

  test('of every topic, with an id that the producer made where they had none', async () => {
    const { producer } = producerOf();
    const event = { customerId: 'customer-1', occurredAt: 1_700_000_000_000, channel: 'web' };
    await Promise.all([
      producer.interaction({ ...event, action: 'page_view' }),
      producer.marketing({ ...event, campaignId: 'spring', kind: 'SENT' }),
      producer.identity({ customerId: 'customer-1', occurredAt: 1_700_000_000_000, traits: { city: 'Berlin' } }),
    ]);
    expect(server.written.map(({ topic }) => topic).sort()).toEqual(['identities', 'interactions', 'marketing']);
    expect(new Set(server.written.map(({ eventId }) => eventId))).toEqual(new Set(['made-1', 'made-2', 'made-3']));
  });

  test('in requests of at most so many events and bytes', async () => {
    const { producer } = producerOf({ batchEventsMax: 3 });
    await Promise.all(['a', 'b', 'c', 'd'].map((orderId) => producer.order(order(orderId))));
    expect(server.requestSizes).toEqual([3, 1]);
    const small = producerOf({ batchBytesMax: 1 }).producer;
    await Promise.all(['e', 'f'].map((orderId) => small.order(order(orderId))));
    expect(server.requestSizes).toEqual([3, 1, 1, 1]);
  });

  test('through a path before the contract’s own', async () => {
    const producer = createProducer({ transport: httpTransport({ url: `${server.url}/behind/a/proxy` }) });
    await producer.order(order('a'));
    expect(server.paths).toEqual(['/behind/a/proxy/v1/topics/orders/records']);
  });
});

describe('a failure that passes is tried again', () => {
  test.each<[string, Fault]>([
    ['429', status(429)],
    ['503', status(503)],
    ['500', status(500)],
    ['a connection cut before anything was written', { kind: 'cut', written: false }],
    ['a connection cut after all was written', { kind: 'cut', written: true }],
  ])('%s', async (_name, fault) => {
    server.faults.push(fault, fault);
    const { producer, runtime } = producerOf({ lingerMs: 0 });
    await producer.order(order('a'));
    expect(server.written).toHaveLength(1);
    expect(server.requestSizes).toHaveLength(3);
    // Doubling, and half of it by chance.
    expect(runtime.waits).toEqual([75, 150]);
  });

  test('no answer in time', async () => {
    server.faults.push({ kind: 'silence' });
    await producerOf({}, 50).producer.order(order('a'));
    expect(server.written).toHaveLength(1);
  });

  test('not before the server asks for it', async () => {
    const date = 'Sat, 21 Nov 2026 09:30:00 GMT';
    const later = 'Sat, 21 Nov 2026 09:30:09 GMT';
    server.faults.push(status(429, { 'retry-after': '7' }), status(503, { 'retry-after': later, date }));
    const { producer, runtime } = producerOf({ lingerMs: 0 });
    await producer.order(order('a'));
    expect(runtime.waits).toEqual([7_000, 9_000]);
  });

  test('up to deliveryTimeoutMs, and then says so with the last failure as cause', async () => {
    server.faults.push(...Array.from({ length: 50 }, () => status(503)));
    const { producer, runtime } = producerOf({ deliveryTimeoutMs: 1_000 });
    await expect(producer.order(order('a'))).rejects.toMatchObject({
      code: 'timed-out',
      retriable: true,
      cause: { code: 'unavailable' },
    });
    expect(runtime.elapsedMs()).toBeLessThanOrEqual(1_000);
  });
});

describe('a failure that stays rejects at once', () => {
  test.each<[string, Fault]>([
    ['not-authorised', status(401)],
    ['not-authorised', status(403)],
    ['not-live', status(409)],
    ['too-large', status(413)],
    ['unexpected-answer', status(404)],
    ['unexpected-answer', status(400)],
    ['unexpected-answer', status(302, { location: '/elsewhere' })],
    ['unexpected-answer', { kind: 'status', status: 200, body: '<html>' }],
    ['unexpected-answer', { kind: 'status', status: 200, body: '{"positions":[]}' }],
    ['unexpected-answer', { kind: 'status', status: 200, body: '{"positions":[{"lane":"1"}]}' }],
  ])('%s (case %#)', async (code, fault) => {
    server.faults.push(fault);
    const sent = producerOf().producer.order(order('a'));
    await expect(sent).rejects.toMatchObject({ name: 'DeliveryError', code, retriable: false });
    expect(server.requestSizes).toHaveLength(1);
  });

  test('only the events that the server refuses, by their fields; the others of the batch arrive', async () => {
    server.refusedOrders.add('b').add('d');
    const { producer } = producerOf();
    const sent = await Promise.allSettled(['a', 'b', 'c', 'd'].map((orderId) => producer.order(order(orderId))));
    expect(sent.map((one) => one.status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected']);
    expect(sent[1]).toMatchObject({ reason: { name: 'EventError', problems: [{ field: 'orderId' }] } });
    expect(server.written.map(({ eventId }) => eventId)).toEqual(['a-paid', 'c-paid']);
  });

  test('an event that is wrong, before anything is sent', async () => {
    const { producer } = producerOf();
    await expect(producer.order({ ...order('a'), amountMinor: 19.99 })).rejects.toThrow('amountMinor: expected');
    await expect(producer.order(null as never)).rejects.toMatchObject({ name: 'EventError' });
    expect(server.requestSizes).toEqual([]);
  });
});

test('whatever happens on the way, each event counts once, and a customer’s events keep their order', async () => {
  const fault = fc.constantFrom<Fault | null>(
    null,
    status(429),
    status(503, { 'retry-after': '1' }),
    { kind: 'cut', written: true },
    { kind: 'cut', written: false },
    { kind: 'status', status: 500, body: 'oops' },
  );
  const customers = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 30 });
  const batchEventsMax = fc.integer({ min: 1, max: 7 });
  await fc.assert(
    fc.asyncProperty(fc.array(fault, { maxLength: 12 }), customers, batchEventsMax, async (faults, ids, batch) => {
      server.faults.splice(0, Number.POSITIVE_INFINITY, ...faults);
      server.written.length = 0;
      const run = server.requestSizes.length;
      const { producer } = producerOf({ batchEventsMax: batch });
      const inputs = ids.map((customerId, index) => order(`run${run}-${index}`, customerId));
      const delivered = await Promise.all(inputs.map((input) => producer.order(input)));
      expect(delivered.map(({ eventId }) => eventId)).toEqual(inputs.map(({ eventId }) => eventId));
      const expected = inputs.map(({ eventId, customerId }) => ({ topic: 'orders', eventId, customerId }));
      expect(server.written).toEqual(expected);
    }),
    { numRuns: 60 },
  );
});
