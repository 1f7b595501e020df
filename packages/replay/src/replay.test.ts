import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createRawDecoder,
  embeddedSchemaIds,
  laneOf,
  parseCustomerKey,
  RAW_TOPICS,
  type RawRecord,
} from '@tidemark/contracts';
import { DAY_MS, type TimeMs } from '@tidemark/domain';
import { defaultPolicy, parsePolicyDocument, policyDocument } from '@tidemark/policy';
import type { EventLog, LogRecord, LogWriter, NewRecord } from '@tidemark/stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Dataset } from './dataset.ts';
import { loadOrders, openDataset } from './open-dataset.ts';
import { type ReplayOptions, replay } from './replay.ts';
import { readReplayEnd } from './replay-positions.ts';

const LANES = 3;
/** Beyond all that is replayed here, unless a test is about it. */
const END = Date.UTC(2030, 0, 1) as TimeMs;
const POLICY = policyDocument(defaultPolicy());
const decoder = createRawDecoder(embeddedSchemaIds);

let folder: string;
let dataset: Dataset;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-replay-'));
  dataset = await openOrders('orders.csv', 150);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a replay', () => {
  test('writes every event once, under its key, into the lane of its customer', async () => {
    const log = new MemoryLog();
    const result = await run(log);
    expect(result).toMatchObject({ isComplete: true, events: dataset.size, eventsTotal: dataset.size });
    const eventIds: string[] = [];
    for (const { lane, record, raw } of log.all()) {
      if (!('eventId' in raw.value)) continue;
      eventIds.push(raw.value.eventId);
      expect(laneOf(record.key ?? new Uint8Array(), LANES)).toBe(lane);
      expect(parseCustomerKey(record.key)).toEqual({ ok: true, customerId: raw.value.customerId });
    }
    const expected = Array.from({ length: dataset.size }, (_, place) => eventIdOf(dataset.recordAt(place)));
    expect(eventIds.sort()).toEqual(expected.sort());
  });

  test('opens every lane of every raw topic with a punctuation for each day, and closes it with the last millisecond', async () => {
    const log = new MemoryLog();
    await run(log);
    const days = (dataset.lastDay - dataset.firstDay) / DAY_MS + 1;
    const lastMs = dataset.lastDay + DAY_MS - 1;
    for (const topic of RAW_TOPICS) {
      for (let lane = 0; lane < LANES; lane++) {
        const punctuations = log
          .decoded(topic, lane)
          .flatMap((raw) => (raw.recordType === 'punctuation' ? [raw.value] : []));
        const expected = Array.from({ length: days }, (_, i) => {
          const time = dataset.firstDay + i * DAY_MS;
          return { time, until: time + DAY_MS - 1 };
        });
        expect(punctuations).toEqual([...expected, { time: lastMs, until: lastMs }]);
      }
    }
  });

  test('keeps what each punctuation promises: records up to the next lie in its span, in order of time', async () => {
    const log = new MemoryLog();
    await run(log);
    for (const topic of RAW_TOPICS) {
      for (let lane = 0; lane < LANES; lane++) {
        let [last, until] = [Number.NaN, Number.NaN];
        for (const { recordType, value } of log.decoded(topic, lane)) {
          if (recordType === 'punctuation') [last, until] = [value.time, value.until];
          const time = 'occurredAt' in value ? value.occurredAt : value.time;
          expect(time).toBeGreaterThanOrEqual(last);
          expect(time).toBeLessThanOrEqual(until);
          last = time;
        }
      }
    }
  });

  test('has the policy, number 1, right after the first punctuation of every lane of control', async () => {
    const log = new MemoryLog();
    await run(log);
    for (let lane = 0; lane < LANES; lane++) {
      const [punctuation, policy, ...rest] = log.decoded('control', lane);
      expect(punctuation?.recordType).toBe('punctuation');
      const { document: rules, ...written } = POLICY;
      const value = { number: 1, time: dataset.firstDay, ...written, rules, versions: {} };
      expect(policy).toEqual({ recordType: 'policy', value });
      expect(rest.every(({ recordType }) => recordType === 'punctuation')).toBe(true);
    }
    expect(parsePolicyDocument(POLICY).ok).toBe(true);
  });

  test('writes control before anything else, so that a log always says what it is the replay of', async () => {
    const log = new MemoryLog();
    await run(log);
    const topicsSent = log.sends.map(({ topic }) => topic);
    expect(topicsSent.slice(0, LANES)).toEqual(Array(LANES).fill('control'));
  });

  test('has one send in flight for each lane of a topic', async () => {
    const log = new MemoryLog();
    await run(log);
    expect(log.mostInFlight).toBe(1);
  });

  test('waits for the caller between batches, and tells them how far it is', async () => {
    const log = new MemoryLog();
    const events: number[] = [];
    let held = 0;
    const pace = async () => {
      expect(log.inFlight.size).toBe(0);
      held += 1;
    };
    await run(log, { pace, onProgress: (progress) => events.push(progress.events) });
    expect(held).toBeGreaterThan(1);
    expect(events).toHaveLength(held);
    expect(events).toEqual(events.toSorted((a, b) => a - b));
    expect(events.at(-1)).toBe(dataset.size);
  });

  test('does nothing when it is complete already', async () => {
    const log = new MemoryLog();
    await run(log);
    const sends = log.sends.length;
    expect(await run(log)).toMatchObject({ isComplete: true, events: dataset.size });
    expect(log.sends).toHaveLength(sends);
  });
});

describe('a replay that was killed', () => {
  test('at any send, whether it was acknowledged or not, ends with the same records once it is run again', async () => {
    const whole = new MemoryLog();
    await run(whole);
    for (let sendsLeft = 0; sendsLeft < whole.sends.length; sendsLeft++) {
      for (const isLastWritten of [false, true]) {
        const log = new MemoryLog();
        log.killAfter(sendsLeft, isLastWritten);
        await expect(run(log)).rejects.toThrow('killed');
        log.revive();
        await run(log);
        if (log.contents() !== whole.contents()) throw new Error(`differs after a kill at send ${sendsLeft}`);
      }
    }
  });

  test('again and again, ends with the same records', async () => {
    const whole = new MemoryLog();
    await run(whole);
    const log = new MemoryLog();
    // Each run writes one send more at least, so there are fewer runs than sends.
    for (let kills = 0; kills < whole.sends.length; kills++) {
      log.killAfter(1 + (kills % 4), kills % 2 === 0);
      await run(log).catch(() => null);
    }
    log.revive();
    expect(await run(log)).toMatchObject({ isComplete: true });
    expect(log.contents()).toBe(whole.contents());
  });

  test('in the middle of a busy day goes on within the day', async () => {
    const lines = Array.from({ length: 2_200 }, (_, i) => `c${i},2024-01-02T10:00:00Z,5`);
    const busy = await openLines('busy.csv', lines, false);
    const whole = new MemoryLog();
    await run(whole, { dataset: busy });
    expect(whole.recordsSentMost).toBeLessThanOrEqual(2_000);
    for (let sendsLeft = 0; sendsLeft < whole.sends.length; sendsLeft += 7) {
      const log = new MemoryLog();
      log.killAfter(sendsLeft, false);
      await expect(run(log, { dataset: busy })).rejects.toThrow('killed');
      log.revive();
      await run(log, { dataset: busy });
      if (log.contents() !== whole.contents()) throw new Error(`differs after a kill at send ${sendsLeft}`);
    }
  });

  test.each([
    ['in the middle of a busy day', 3],
    ['between days', 2],
  ])('by its signal ends %s after the batch in flight, and goes on from there', async (_, batches) => {
    const lines = Array.from({ length: 22_000 }, (_, i) => `c${i},2024-01-0${i < 4_000 ? 1 : 2}T10:00:00Z,5`);
    const given = { dataset: await openLines('signal.csv', lines, false) };
    const whole = new MemoryLog();
    await run(whole, given);
    const log = new MemoryLog();
    const controller = new AbortController();
    let sent = 0;
    const onProgress = () => {
      sent += 1;
      if (sent === batches) controller.abort();
    };
    expect(await run(log, { ...given, signal: controller.signal, onProgress })).toMatchObject({ isComplete: false });
    expect(sent).toBe(batches);
    await run(log, given);
    expect(log.contents()).toBe(whole.contents());
  });
});

describe('a last day', () => {
  const dayOf = (index: number) => (dataset.firstDay + index * DAY_MS + 5) as TimeMs;

  test('ends the replay with that day, the clock ticked to its end', async () => {
    const log = new MemoryLog();
    const { events } = await run(log, { until: dayOf(40) });
    expect(events).toBe(dataset.placesOfDay(dayOf(40)).to);
    const lastMs = dataset.firstDay + 41 * DAY_MS - 1;
    expect(log.decoded('orders', 0).at(-1)).toEqual({
      recordType: 'punctuation',
      value: { time: lastMs, until: lastMs },
    });
  });

  test('may be beyond the data: the clock ticks to its end', async () => {
    const log = new MemoryLog();
    const until = (dataset.lastDay + 30 * DAY_MS) as TimeMs;
    expect(await run(log, { until })).toMatchObject({ isComplete: true, events: dataset.size });
    expect(log.decoded('identities', 1).at(-1)?.value).toMatchObject({ time: until + DAY_MS - 1 });
  });

  test('that is later at the next run goes on, with ascending punctuations and every event once', async () => {
    const log = new MemoryLog();
    for (const index of [0, 10, 10, 40, 39]) await run(log, { until: dayOf(index) });
    await run(log);
    const ids = log.all().flatMap(({ raw }) => ('eventId' in raw.value ? [raw.value.eventId] : []));
    expect([ids.length, new Set(ids).size]).toEqual([dataset.size, dataset.size]);
    for (const topic of RAW_TOPICS) {
      const times = log.decoded(topic, 2).flatMap((raw) => (raw.recordType === 'punctuation' ? [raw.value.time] : []));
      expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
    }
  });

  test('before the first event is refused', async () => {
    const until = (dataset.firstDay - 1) as TimeMs;
    await expect(run(new MemoryLog(), { until })).rejects.toMatchObject({ code: 'until-before-data' });
  });
});

describe('days without events', () => {
  test('get no punctuation: a single early line does not make the clock tick for decades', async () => {
    const sparse = await openLines('sparse.csv', ['a,1990-01-01,5', 'b,2024-01-02,5'], false);
    const log = new MemoryLog();
    await run(log, { dataset: sparse });
    const days = [Date.UTC(1990, 0, 1), Date.UTC(2024, 0, 2), Date.UTC(2024, 0, 3) - 1];
    for (const topic of RAW_TOPICS) {
      const times = log.decoded(topic, 0).flatMap((raw) => (raw.recordType === 'punctuation' ? [raw.value.time] : []));
      expect(times).toEqual(days);
    }
  });
});

describe('the end of a replay', () => {
  const end = (day: number, hour = 8) => Date.UTC(2024, 0, day, hour) as TimeMs;
  const lines = ['a,2024-01-01,5', 'b,2024-01-03T07:00:00Z,5', 'c,2024-01-03T09:00:00Z,5'];
  const upTo = async (at: TimeMs) => {
    await openLines('today.csv', lines, false);
    const source = { kind: 'csv', path: join(folder, 'today.csv'), policy: defaultPolicy() } as const;
    return (await loadOrders({ source })).dataset({ simulated: false, end: at });
  };
  const lastTimes = (log: MemoryLog) =>
    RAW_TOPICS.flatMap((topic) =>
      [0, 1, 2].map((lane) => {
        const last = log.decoded(topic, lane).at(-1);
        return last?.recordType === 'punctuation' ? last.value : null;
      }),
    );

  test('is where the clock stands then: no punctuation is beyond it, and none promises more', async () => {
    const log = new MemoryLog();
    await run(log, { dataset: await upTo(end(3)), end: end(3) });
    expect(lastTimes(log)).toEqual(Array(15).fill({ time: end(3) - 1, until: end(3) - 1 }));
    for (const { raw } of log.all()) {
      const { value } = raw;
      if (raw.recordType === 'punctuation') expect(raw.value.until).toBeLessThan(end(3));
      if ('occurredAt' in value) expect(value.occurredAt).toBeLessThan(end(3));
    }
  });

  test('comes before a later last day that was asked for', async () => {
    const log = new MemoryLog();
    await run(log, { dataset: await upTo(end(3)), end: end(3), until: end(9) });
    expect(lastTimes(log)).toEqual(Array(15).fill({ time: end(3) - 1, until: end(3) - 1 }));
  });

  test('is fixed at the first start: the log says it, in each lane, for every later run', async () => {
    const log = new MemoryLog();
    expect(await readReplayEnd(log)).toBeNull();
    await run(log, { dataset: await upTo(end(3)), end: end(3), until: end(1) });
    expect(await readReplayEnd(log)).toBe(end(3));
    // A day later the file is the same, and so is where it ends.
    const later = (await readReplayEnd(log)) ?? end(4);
    await run(log, { dataset: await upTo(later), end: later });
    const whole = new MemoryLog();
    await run(whole, { dataset: await upTo(end(3)), end: end(3) });
    expect(lastTimes(log)).toEqual(lastTimes(whole));
    await expect(run(log, { dataset: await upTo(end(4)), end: end(4) })).rejects.toMatchObject({
      code: 'other-data-set',
    });
  });

  test('is known to a replay that was killed in its very first sends, too', async () => {
    const log = new MemoryLog();
    log.killAfter(0, true);
    await expect(run(log, { dataset: await upTo(end(3)), end: end(3) })).rejects.toThrow('killed');
    expect(await readReplayEnd(log)).toBe(end(3));
  });
});

describe('a log that cannot be gone on with', () => {
  test('of another data set is refused, and nothing is written', async () => {
    const log = new MemoryLog();
    await run(log, { until: dataset.firstDay });
    const before = log.contents();
    const other = await openOrders('other.csv', 151);
    await expect(run(log, { dataset: other })).rejects.toMatchObject({
      code: 'other-data-set',
      message: expect.stringContaining('--fresh'),
    });
    expect(log.contents()).toBe(before);
  });

  test('of another policy is refused, and nothing is written', async () => {
    const log = new MemoryLog();
    await run(log, { until: dataset.firstDay });
    const before = log.contents();
    const other = policyDocument({ ...defaultPolicy(), name: 'other' });
    await expect(run(log, { policyDocument: other })).rejects.toMatchObject({
      code: 'other-policy',
      message: expect.stringContaining('--data DIR'),
    });
    expect(log.contents()).toBe(before);
  });

  test('of a replay that was killed in its very first sends is refused, too', async () => {
    const log = new MemoryLog();
    log.killAfter(0, true);
    await expect(run(log)).rejects.toThrow('killed');
    log.revive();
    const other = policyDocument({ ...defaultPolicy(), name: 'other' });
    await expect(run(log, { policyDocument: other })).rejects.toMatchObject({ code: 'other-policy' });
  });

  test('in which another producer wrote is refused', async () => {
    const log = new MemoryLog();
    await run(log, { until: dataset.firstDay });
    log.append('orders', 1, [{ key: null, value: null, headers: {} }]);
    await expect(run(log)).rejects.toMatchObject({ code: 'not-replayed' });
    const foreign = new MemoryLog();
    foreign.append('orders', 1, [{ key: null, value: null, headers: { source: '5:1' } }]);
    await expect(run(foreign)).rejects.toMatchObject({ code: 'not-replayed' });
  });
});

function run(log: MemoryLog, options: Partial<ReplayOptions> = {}) {
  const given = {
    dataset,
    log,
    writer: log,
    schemaIds: embeddedSchemaIds,
    policyDocument: POLICY,
    until: null,
    end: END,
  };
  return replay({ ...given, ...options });
}

function openOrders(name: string, count: number): Promise<Dataset> {
  const lines = Array.from({ length: count }, (_, i) => {
    const day = new Date(Date.UTC(2024, 0, 1) + ((i * 7) % 90) * DAY_MS).toISOString().slice(0, 10);
    return `c${(i * i) % 23},${day}T0${i % 10}:30:00Z,${i}.50`;
  });
  return openLines(name, lines);
}

function openLines(name: string, lines: readonly string[], simulated = true): Promise<Dataset> {
  const path = join(folder, name);
  writeFileSync(path, ['customer_id,occurred_at,amount', ...lines].join('\n'));
  return openDataset({ source: { kind: 'csv', path, policy: defaultPolicy() }, simulated });
}

function eventIdOf({ value }: RawRecord): string {
  return 'eventId' in value ? value.eventId : '';
}

/** The parts of an `EventLog` that a replay uses, in memory, with offsets that have gaps, and a writer that can be killed. */
class MemoryLog implements EventLog, LogWriter {
  readonly lanes = LANES;
  readonly sends: { readonly topic: string; readonly lane: number }[] = [];
  readonly inFlight = new Set<string>();
  mostInFlight = 0;
  recordsSentMost = 0;
  readonly #records = new Map<string, LogRecord[]>();
  #sendsLeft = Number.POSITIVE_INFINITY;
  #isLastWritten = false;

  /** Sends after the next `count` fail; the first of these is written all the same if `isLastWritten`. */
  killAfter(count: number, isLastWritten: boolean): void {
    this.#sendsLeft = count;
    this.#isLastWritten = isLastWritten;
  }

  revive(): void {
    this.#sendsLeft = Number.POSITIVE_INFINITY;
  }

  append(topic: string, lane: number, records: readonly NewRecord[]): number {
    const stored = this.#recordsOf(topic, lane);
    const baseOffset = this.#end(topic, lane);
    stored.push(...records.map((record, i) => ({ ...record, offset: baseOffset + i, appendedAtMs: 0 })));
    return baseOffset;
  }

  async send(topic: string, lane: number, records: readonly NewRecord[]) {
    const name = `${topic}/${lane}`;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight.has(name) ? 2 : 1);
    this.inFlight.add(name);
    const sendsLeft = this.#sendsLeft--;
    if (sendsLeft > 0 || (sendsLeft === 0 && this.#isLastWritten)) this.append(topic, lane, records);
    await Promise.resolve();
    this.inFlight.delete(name);
    if (sendsLeft <= 0) throw new Error('killed');
    this.sends.push({ topic, lane });
    this.recordsSentMost = Math.max(this.recordsSentMost, records.length);
    return { baseOffset: 0, appendedAtMs: 0 };
  }

  async close(): Promise<void> {}

  async bounds(topic: string, lane: number) {
    return { start: 0, end: this.#end(topic, lane) };
  }

  async read(topic: string, lane: number, from: number, limit: number) {
    const stored = this.#recordsOf(topic, lane).filter(({ offset }) => offset >= from);
    return stored.slice(0, limit);
  }

  decoded(topic: string, lane: number): RawRecord[] {
    return this.#recordsOf(topic, lane).map(decode);
  }

  all() {
    return RAW_TOPICS.flatMap((topic) =>
      Array.from({ length: LANES }, (_, lane) => lane).flatMap((lane) =>
        this.#recordsOf(topic, lane).map((record) => ({ topic, lane, record, raw: decode(record) })),
      ),
    );
  }

  /** Everything but offsets, to compare. */
  contents(): string {
    return JSON.stringify(
      [...this.#records]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, records]) => [name, records.map(({ key, value, headers }) => [key, value, headers])]),
    );
  }

  writer(): Promise<LogWriter> {
    throw new Error('not used by a replay');
  }

  consume(): never {
    throw new Error('not used by a replay');
  }

  #recordsOf(topic: string, lane: number): LogRecord[] {
    const name = `${topic}/${lane}`;
    const records = this.#records.get(name) ?? [];
    this.#records.set(name, records);
    return records;
  }

  /** Two beyond the last record: as after a transaction's marker. */
  #end(topic: string, lane: number): number {
    const last = this.#recordsOf(topic, lane).at(-1);
    return last === undefined ? 0 : last.offset + 3;
  }
}

function decode(record: LogRecord): RawRecord {
  const outcome = decoder.decode(record.value);
  if (outcome instanceof Promise || !outcome.ok) throw new Error('a record that cannot be decoded');
  const { recordType, value } = outcome;
  return { recordType, value } as RawRecord;
}
