import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CustomerId, Policy, TimeMs } from '@tidemark/domain';
import { beforeEach, describe, expect, test } from 'vitest';
import { Fault } from '../errors.ts';
import { type RunningService, startFoldService } from '../fold-service.ts';
import type { LaneFold } from '../folds/lane-fold.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventLog, Lane, LaneConsumer, LaneHandler, NewRecord, Subscription } from '../ports/event-log.ts';
import type { LaneSnapshot, PartCommit, PartRead, ProfileStore } from '../ports/profile-store.ts';
import type { TimelineReader } from '../timeline-record.ts';
import type { LaneLoop } from './lane-loop.ts';
import { initialMeta } from './lane-meta.ts';

const DUE_MS = 100;

describe('a live lane', () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await Harness.start(null);
    await harness.push(0, 'policy');
    await harness.push(1, 'policy');
    await harness.settle();
  });

  test('commits what nobody is told of within 250 ms, once', async () => {
    await harness.push(0, 'quiet a');
    await harness.push(0, 'quiet b', 'quiet a');
    await harness.advance(249);
    expect(harness.said).toEqual(['0 sends progress 3']);
    await harness.advance(1);
    expect(harness.said.slice(1)).toEqual(['0 commits a, b with 0 outputs']);
  });

  test('commits an output at once, with all that waited, and sends it after, with its progress', async () => {
    await harness.push(0, 'quiet a');
    await harness.push(0, 'loud b');
    expect(harness.said).toEqual(['0 commits a, b with 1 outputs', '0 sends change 1 and progress 2']);
    await harness.advance(100);
    expect(harness.said).toHaveLength(2);
  });

  test('tells progress without an output together with other lanes, 1 ms after a pause and every 5 ms under load', async () => {
    await harness.push(0, 'quiet a');
    await harness.push(1, 'quiet b');
    expect(harness.said).toEqual([]);
    await harness.advance(1);
    expect(harness.said).toEqual(['0 sends progress 1', '1 sends progress 1']);
    for (let ms = 2; ms <= 5; ms++) {
      await harness.advance(1);
      await harness.push(0, 'quiet a');
    }
    expect(harness.said).toHaveLength(2);
    await harness.advance(1);
    expect(harness.said.slice(2)).toEqual(['0 sends progress 5']);
  });

  test('tells progress without an output for a tenth of the time where the log takes long, and every 100 ms at least', async () => {
    await harness.push(0, 'quiet a');
    harness.logTakesMs = 3;
    await harness.advance(1);
    await harness.advance(3);
    await harness.push(0, 'quiet a');
    await harness.advance(26);
    expect(harness.said).toEqual(['0 sends progress 1']);
    harness.logTakesMs = 50;
    await harness.advance(1);
    await harness.advance(50);
    await harness.push(0, 'quiet a');
    await harness.advance(49);
    expect(harness.said.slice(1)).toEqual(['0 sends progress 2']);
    await harness.advance(1);
    expect(harness.said.slice(2)).toEqual(['0 sends progress 3']);
  });

  test('that is blocked folds and commits what came before, and stops with the fault; others go on', async () => {
    await harness.push(0, 'quiet a', 'quiet b');
    harness.block(0);
    await harness.advance(0);
    expect(harness.said).toEqual(['0 commits a, b with 0 outputs', '0 stops: undecodable-batch']);
    await harness.push(1, 'loud c');
    expect(harness.said.slice(2)).toEqual(['1 commits c with 1 outputs', '1 sends change 1 and progress 1']);
  });

  test.each(['later-record', 'later-event'])(
    'that comes to a %s of a newer build uses what came before, in the same batch too, and stops',
    async (kind) => {
      await harness.push(0, 'loud a', 'quiet b', `${kind} c`, 'loud d');
      await harness.advance(1);
      await harness.push(0, 'loud e');
      expect(harness.said).toEqual([
        '0 commits a, b with 1 outputs',
        '0 sends change 1 and progress 2',
        '0 stops: unknown-schema',
      ]);
    },
  );

  test('keeps its state under the name of its version', async () => {
    await harness.push(0, 'quiet a');
    await harness.stop();
    expect(harness.said).toContain('0 commits a with 0 outputs');
    expect(harness.statesAsked).toEqual(new Set(['count-7']));
  });

  test('tells the progress it owes before it stops, without waiting', async () => {
    await harness.push(0, 'quiet a');
    await harness.stop();
    expect(harness.said).toEqual(['0 sends progress 1', '0 commits a with 0 outputs']);
  });

  test('commits a timer before it is due, where the store is to say which are', async () => {
    const meta = JSON.stringify(initialMeta(1));
    harness = await Harness.start({ token: 'before', meta, outbox: [] });
    await harness.push(0, 'policy');
    await harness.settle();
    await harness.push(0, 'quiet a');
    expect(harness.said.shift()).toBe('0 reads a');
    await harness.push(0, 'quiet a');
    await harness.push(0, 'late a');
    expect(harness.said).toEqual(['0 commits a with 0 outputs', '0 reads due timers']);
  });
});

/** Counts a customer's events, and tells of the loud ones; a timer is due 100 ms after each. */
const fold: LaneFold<number, object, number> = {
  service: 'count',
  stateName: 'count-7',
  version: 1,
  firstVersion: 1,
  changeTopic: 'count-changes',
  tellsProgress: true,
  recordPhase: 1,
  rulesOf: () => ({}),
  wants: ({ type }) => type === 'interaction',
  step: (facet = 0, { event, record }, at) => ({
    facet: facet + (event === null ? 0 : 1),
    due: event === null ? null : ((at + DUE_MS) as TimeMs),
    change: event !== null && record.eventId === 'loud' ? facet : null,
  }),
  labelOf: () => null,
  encode: (_count, { number }) => encoded(`change ${number}`),
  encodeProgress: (offset) => encoded(`progress ${offset}`),
  encodeDeadLetter: () => encoded('dead letter'),
  takeover: null,
};

const reader: TimelineReader = {
  record(source) {
    const [kind = '', customerId] = new TextDecoder().decode(source.value ?? undefined).split(' ');
    if (kind === 'later-record') throw new Fault('unknown-schema', 'expected a record of this build, found another');
    return {
      offset: source.offset,
      type: kind === 'policy' ? 'policy' : 'interaction',
      customerId: (customerId as CustomerId | undefined) ?? null,
      logTime: (source.offset + (kind === 'late' ? DUE_MS : 0)) as TimeMs,
      origin: { topic: 'raw', offset: source.offset },
      originText: `raw:${source.offset}`,
      eventId: kind,
      clock: 'live',
      rawAppendedAtMs: null,
      schema: null,
      source,
    };
  },
  event({ eventId }) {
    if (eventId === 'later-event') throw new Fault('unknown-schema', 'expected a value of this build, found another');
    return { type: 'interaction', data: {} as never };
  },
  policy: () => ({ number: 1, document: '{}', format: 1, policy: {} as Policy }),
  cutover: () => {
    throw new Error('not used');
  },
  policyOf: () => ({}) as Policy,
};

function encoded(text: string) {
  return { value: new TextEncoder().encode(text), headers: {} };
}

/** A service of two lanes, and what it does to log and store. */
class Harness {
  readonly said: string[] = [];
  readonly statesAsked = new Set<string>();
  logTakesMs = 0;
  readonly #ends: number[] = [0, 0];
  #handler: LaneHandler | undefined;
  #elapsedMs = 0;
  #sleepers: { readonly atMs: number; readonly wake: () => void }[] = [];
  #running: RunningService<LaneLoop<number, object, number>> | undefined;

  static async start(snapshot: LaneSnapshot | null): Promise<Harness> {
    const harness = new Harness();
    const running = await startFoldService(
      { fold, timeline: 'timeline', joins: null, reader },
      { log: harness.#log, store: harness.#storeWith(snapshot), clock: harness.#clock },
      {
        group: 'count',
        chunk: { stepsMax: 100, customersMax: 100, bytesMax: 100_000 },
        recordsMax: 100,
        cacheCustomersMax: 100,
        outboxMax: 100,
        retryMs: 1_000,
        mirrorMs: 1_000_000,
        input: { recordsMax: 100, bytesMax: 100_000 },
      },
      {
        crashed: (_service, _lane, error) => void harness.said.push(String(error)),
        faulted: (_service, lane, { code }) => void harness.said.push(`${lane} stops: ${code}`),
      },
    );
    harness.#running = running;
    for (const lane of [0, 1]) harness.#handler?.assigned(lane, consumer);
    await nextTurn();
    expect([...running.lanes.values()].every(isAcquired)).toBe(true);
    return harness;
  }

  deliver(lane: Lane, ...texts: readonly string[]): void {
    const from = this.#ends[lane] ?? 0;
    this.#ends[lane] = from + texts.length;
    const records = texts.map((text, i) => ({ offset: from + i, key: null, ...encoded(text), appendedAtMs: 0 }));
    this.#handler?.batch('timeline', lane, records);
  }

  block(lane: Lane): void {
    this.#handler?.blocked?.('timeline', lane, new Fault('undecodable-batch', 'expected a batch, found none'));
  }

  async push(lane: Lane, ...texts: readonly string[]): Promise<void> {
    this.deliver(lane, ...texts);
    await this.advance(0);
  }

  async advance(ms: number): Promise<void> {
    await nextTurn();
    this.#elapsedMs += ms;
    const due = this.#sleepers.filter(({ atMs }) => atMs <= this.#elapsedMs);
    this.#sleepers = this.#sleepers.filter((sleeper) => !due.includes(sleeper));
    for (const { wake } of due) wake();
    await nextTurn();
    await nextTurn();
  }

  /** Lets a pause pass, after which everything is told, and forgets it. */
  async settle(): Promise<void> {
    for (const ms of [1, 5]) await this.advance(ms);
    this.said.length = 0;
  }

  async stop(): Promise<void> {
    const stopped = this.#running?.stop();
    await this.advance(0);
    await stopped;
  }

  readonly #clock: Clock = {
    now: () => 0 as TimeMs,
    elapsedMs: () => this.#elapsedMs,
    sleep: (ms, signal) =>
      new Promise((wake) => {
        this.#sleepers.push({ atMs: this.#elapsedMs + ms, wake });
        signal?.addEventListener('abort', () => wake());
      }),
  };

  readonly #log = {
    lanes: 2,
    consume: async ({ handler }: Subscription) => {
      this.#handler = handler;
      return consumer;
    },
    bounds: async () => ({ start: 0, end: 0 }),
    writer: async () => ({
      send: async (_topic: string, lane: Lane, records: readonly NewRecord[]) => {
        const texts = records.map(({ value }) => new TextDecoder().decode(value ?? undefined));
        this.said.push(`${lane} sends ${texts.join(' and ')}`);
        if (this.logTakesMs > 0) await this.#clock.sleep(this.logTakesMs);
        return { baseOffset: 0, appendedAtMs: 0 };
      },
      close: async () => undefined,
    }),
  } as unknown as EventLog;

  #storeWith(snapshot: LaneSnapshot | null): ProfileStore {
    return {
      acquire: async (name: string) => {
        this.statesAsked.add(name);
        return snapshot;
      },
      readLane: async (lane: Lane, [part]: readonly [PartRead]) => {
        const { customers, due } = part.request;
        this.statesAsked.add(part.service);
        if (customers.length > 0) this.said.push(`${lane} reads ${customers.join(', ')}`);
        else if (due !== null) this.said.push(`${lane} reads due timers`);
        return [{ customers: [], due: [], scanned: [], firstTimer: null }];
      },
      commitLane: async (lane: Lane, [part]: readonly [PartCommit]) => {
        const { facets, outbox } = part.chunk;
        this.statesAsked.add(part.service);
        const customers = facets.map(({ customerId }) => customerId).join(', ');
        if (customers !== '') this.said.push(`${lane} commits ${customers} with ${outbox.length} outputs`);
        return 'committed';
      },
    } as unknown as ProfileStore;
  }
}

const consumer: LaneConsumer = {
  seek: () => undefined,
  pause: () => undefined,
  resume: () => undefined,
  committed: async () => new Map(),
  commit: async () => undefined,
  close: async () => undefined,
};

function isAcquired(worker: LaneLoop<number, object, number>): boolean {
  return worker.status.isAcquired;
}
