import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { OrderInput } from './event-inputs.ts';
import type { EventTopic } from './event-records.ts';
import { createProducer, type ProducerOptions } from './producer.ts';
import { VirtualRuntime } from './testing/virtual-runtime.ts';
import type { OutgoingEvent, Position, ProducerTransport } from './transport.ts';

/** A transport whose sends are settled by the test. */
class HeldTransport implements ProducerTransport {
  readonly eventsMax = 1_000;
  readonly bytesMax = 1_000_000;
  readonly sends: { topic: EventTopic; ids: string[]; settle: PromiseWithResolvers<readonly Position[]> }[] = [];

  send(topic: EventTopic, events: readonly OutgoingEvent[]): Promise<readonly Position[]> {
    const settle = Promise.withResolvers<readonly Position[]>();
    this.sends.push({ topic, ids: events.map((event) => event.record.eventId), settle });
    return settle.promise;
  }

  deliver(index: number): void {
    const send = this.sends[index];
    send?.settle.resolve(send.ids.map((_, offset) => ({ lane: 0, offset })));
  }
}

function held(options: Partial<ProducerOptions> = {}) {
  const transport = new HeldTransport();
  const runtime = new VirtualRuntime();
  return { transport, runtime, producer: createProducer({ transport, runtime, lingerMs: 0, ...options }) };
}

const input: OrderInput = {
  customerId: 'customer-1',
  occurredAt: 1_700_000_000_000,
  orderId: 'order-1',
  status: 'PLACED',
  amountMinor: 1,
  currency: 'EUR',
};
const idOf = (eventId: string): OrderInput => ({ ...input, eventId });

describe('batches', () => {
  test('what is sent while a batch is on its way goes with the next, one batch of a topic at a time', async () => {
    const { transport, producer } = held();
    const first = producer.order(idOf('a'));
    await setImmediate();
    const sent = [first, producer.order(idOf('b')), producer.order(idOf('c'))];
    await setImmediate();
    expect(transport.sends.map((send) => send.ids)).toEqual([['a']]);
    transport.deliver(0);
    await setImmediate();
    expect(transport.sends.map((send) => send.ids)).toEqual([['a'], ['b', 'c']]);
    transport.deliver(1);
    await expect(Promise.all(sent)).resolves.toHaveLength(3);
  });

  test('topics do not wait for each other', async () => {
    const { transport, producer } = held();
    void producer.order(idOf('a'));
    void producer.identity({ customerId: 'customer-1', occurredAt: 1_700_000_000_000, eventId: 'b' });
    await setImmediate();
    expect(transport.sends.map((send) => send.topic)).toEqual(['orders', 'identities']);
  });

  test('a batch waits lingerMs for others, but not once it is full or flushed', async () => {
    const { transport, runtime, producer } = held({ lingerMs: 50, batchEventsMax: 2 });
    void producer.order(idOf('a'));
    expect(transport.sends).toEqual([]);
    await setImmediate();
    await setImmediate();
    expect(runtime.elapsedMs()).toBe(50);
    transport.deliver(0);
    await setImmediate();
    void producer.order(idOf('b'));
    void producer.order(idOf('c'));
    await setImmediate();
    await setImmediate();
    transport.deliver(1);
    await setImmediate();
    const last = producer.order(idOf('d'));
    const flushed = producer.flush();
    await setImmediate();
    await setImmediate();
    transport.deliver(2);
    await Promise.all([last, flushed]);
    expect(transport.sends.map((send) => send.ids)).toEqual([['a'], ['b', 'c'], ['d']]);
    expect(runtime.elapsedMs()).toBe(50);
  });
});

describe('memory is bounded', () => {
  test.each([{ bufferEventsMax: 2 }, { bufferBytesMax: 300 }])('%o: beyond it a send is rejected', async (bound) => {
    const { transport, producer } = held(bound);
    const sent = [producer.order(idOf('a')), producer.order(idOf('b'))];
    await expect(producer.order(idOf('c'))).rejects.toMatchObject({ code: 'buffer-full', retriable: true });
    await setImmediate();
    transport.deliver(0);
    await Promise.all(sent);
  });

  test('ready() waits for room, so that a loop that awaits it is never rejected', async () => {
    const { transport, producer } = held({ bufferEventsMax: 1 });
    await producer.ready();
    const first = producer.order(idOf('a'));
    let isReady = false;
    const ready = producer.ready().then(() => {
      isReady = true;
    });
    await setImmediate();
    expect(isReady).toBe(false);
    transport.deliver(0);
    await first;
    await ready;
    const second = producer.order(idOf('b'));
    await setImmediate();
    transport.deliver(1);
    await expect(second).resolves.toMatchObject({ eventId: 'b' });
  });
});

describe('the end', () => {
  test('flush waits for all that was sent before and does not reject with it', async () => {
    const { transport, producer } = held();
    const sent = producer.order(idOf('a'));
    const rejected = expect(sent).rejects.toMatchObject({ code: 'transport-failed', cause: { message: 'broken' } });
    const flushed = producer.flush();
    await setImmediate();
    transport.sends[0]?.settle.reject(new Error('broken'));
    await flushed;
    await rejected;
  });

  test('a closed producer takes nothing, and close waits for what was sent', async () => {
    const { transport, producer } = held();
    const sent = producer.order(idOf('a'));
    const closed = producer.close();
    await expect(producer.order(idOf('b'))).rejects.toMatchObject({ code: 'closed' });
    await setImmediate();
    transport.deliver(0);
    await closed;
    await expect(sent).resolves.toMatchObject({ eventId: 'a' });
    await producer.close();
  });

  test('an event that waited too long behind others is rejected without being sent', async () => {
    const { transport, runtime, producer } = held({ deliveryTimeoutMs: 100 });
    const first = producer.order(idOf('a'));
    await setImmediate();
    const second = expect(producer.order(idOf('b'))).rejects.toMatchObject({ code: 'timed-out' });
    await runtime.wait(100);
    transport.deliver(0);
    await first;
    await second;
    expect(transport.sends).toHaveLength(1);
  });
});

test('a transport that forgets a position is found out', async () => {
  const { transport, producer } = held();
  const sent = expect(producer.order(idOf('a'))).rejects.toMatchObject({ code: 'transport-failed' });
  await setImmediate();
  transport.sends[0]?.settle.resolve([]);
  await sent;
});

test.each([
  { batchEventsMax: 0 },
  { lingerMs: -1 },
  { deliveryTimeoutMs: 3_600_000 },
  { retryMaxMs: 50, retryMinMs: 60 },
  { bufferEventsMax: Number.NaN },
])('the option %o is refused by its name', (option) => {
  expect(() => held(option)).toThrow(`${Object.keys(option)[0]}: expected a whole number`);
});
