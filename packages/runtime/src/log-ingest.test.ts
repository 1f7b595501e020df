import { customerKey, laneOf } from '@tidemark/contracts';
import type { CustomerId } from '@tidemark/domain';
import { type Appended, type EventLog, type NewRecord, OperatingError } from '@tidemark/stream';
import { describe, expect, test } from 'vitest';
import { type IngestRecord, LogIngest } from './log-ingest.ts';

const LANES = 3;

/** A log in memory whose sends end when the test says so; `fails` makes the next ones fail. */
class ManualLog {
  readonly sends: { readonly lane: number; readonly records: readonly NewRecord[] }[] = [];
  readonly lanes = LANES;
  fails = false;
  readonly #ends = Array.from({ length: LANES }, () => 0);
  #release: (() => void)[] = [];

  writer: EventLog['writer'] = async () => ({
    send: async (_topic, lane, records) => {
      this.sends.push({ lane, records });
      await new Promise<void>((resolve) => this.#release.push(resolve));
      if (this.fails) throw new OperatingError('log-unavailable', 'expected a log, found none', { retriable: true });
      const baseOffset = this.#ends[lane] ?? 0;
      this.#ends[lane] = baseOffset + records.length;
      return { baseOffset, appendedAtMs: 0 } satisfies Appended;
    },
    close: async () => undefined,
  });

  /** Lets every send end, also those that follow. */
  async finish(until: Promise<unknown>): Promise<void> {
    let isDone = false;
    until.then(
      () => (isDone = true),
      () => (isDone = true),
    );
    while (!isDone) {
      for (const release of this.#release.splice(0)) release();
      await new Promise(setImmediate);
    }
  }
}

function eventOf(customer: string): IngestRecord {
  return { key: customerKey(customer as CustomerId), value: Buffer.from(`of ${customer}`) };
}

function openIngest() {
  const log = new ManualLog();
  return { log, ingest: new LogIngest(log as unknown as EventLog) };
}

describe('taking events into the log', () => {
  test('an event goes into the lane of its customer, and the answer says where it is, in the order given', async () => {
    const { log, ingest } = openIngest();
    const events = ['a', 'b', 'c', 'd', 'a'].map(eventOf);
    const sending = ingest.send('orders', events);
    await log.finish(sending);
    const next = [0, 0, 0];
    const expected = events.map(({ key }) => {
      const lane = laneOf(key, LANES);
      const offset = next[lane] ?? 0;
      next[lane] = offset + 1;
      return { lane, offset };
    });
    expect(await sending).toEqual(expected);
    for (const { lane, records } of log.sends)
      for (const { key } of records) expect(laneOf(key as Buffer, LANES)).toBe(lane);
  });

  test('requests that come while a send is in flight share the next one, in their order', async () => {
    const { log, ingest } = openIngest();
    const first = ingest.send('orders', [eventOf('a')]);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    const others = [1, 2, 3].map(() => ingest.send('orders', [eventOf('a'), eventOf('a')]));
    const all = Promise.all([first, ...others]);
    await log.finish(all);
    expect((await all).flat().map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(log.sends.map(({ records }) => records.length)).toEqual([1, 6]);
  });

  test('a send stays below what a raw topic takes, and the answer still says where each event is', async () => {
    const { log, ingest } = openIngest();
    const large = (bytes: number) => ({ ...eventOf('a'), value: Buffer.alloc(bytes) });
    const requests = [[250_000, 250_000, 250_000, 250_000, 250_000], [100_000], [700_000], [10]];
    const sending = Promise.all(requests.map((sizes) => ingest.send('orders', sizes.map(large))));
    await log.finish(sending);
    expect((await sending).map((places) => places.map(({ offset }) => offset))).toEqual([
      [0, 1, 2, 3, 4],
      [5],
      [6],
      [7],
    ]);
    const sizes = log.sends.map(({ records }) => records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0));
    expect(sizes).toEqual([750_000, 600_000, 700_010]);
  });

  test('headers go with their record, and count', async () => {
    const { log, ingest } = openIngest();
    const headers = { 'event-id': 'é'.repeat(200_000) };
    const sending = ingest.send(
      'dead-letters',
      [1, 2, 3].map(() => ({ ...eventOf('a'), headers })),
    );
    await log.finish(sending);
    expect(log.sends.map(({ records }) => records.length)).toEqual([2, 1]);
    expect(log.sends.flatMap(({ records }) => records).every((record) => record.headers === headers)).toBe(true);
  });

  test('a send that fails rejects the requests it carried, and those that follow are sent', async () => {
    const { log, ingest } = openIngest();
    log.fails = true;
    const failing = ingest.send('orders', [eventOf('a'), eventOf('b'), eventOf('c')]);
    await log.finish(failing);
    await expect(failing).rejects.toMatchObject({ code: 'log-unavailable' });
    log.fails = false;
    const sending = ingest.send('orders', [eventOf('a')]);
    await log.finish(sending);
    expect(await sending).toHaveLength(1);
  });

  test('events that wait for the log are bounded; what is beyond is refused, to be sent again', async () => {
    const { log, ingest } = openIngest();
    const many = Array.from({ length: 10_000 }, () => eventOf('a'));
    const taken = [1, 2, 3, 4, 5].map(() => ingest.send('orders', many));
    await expect(ingest.send('orders', [eventOf('a')])).rejects.toMatchObject({ retriable: true });
    await log.finish(Promise.all(taken));
    const sending = ingest.send('orders', [eventOf('a')]);
    await log.finish(sending);
    expect((await sending)[0]?.offset).toBe(50_000);
  });
});
