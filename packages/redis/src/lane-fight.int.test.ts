import { setTimeout as sleep } from 'node:timers/promises';
import type { CustomerId, Policy, TimeMs } from '@tidemark/domain';
import {
  type FoldServiceOptions,
  type FoldWiring,
  type LaneFold,
  type LaneObserver,
  type ServicePorts,
  startFoldService,
} from '@tidemark/stream';
import { requireServer } from '@tidemark/testkit';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openRedisStore } from './index.ts';
import { MemoryLog } from './testing/memory-log.ts';
import { startRedisServer, waitFor } from './testing/redis-server.ts';

const EVENTS = 3_000;
const CUSTOMERS = 40;

/** Counts a customer's events; each output tells the count, so outputs show what was folded twice or left out. */
const countFold: LaneFold<number, object, number> = {
  service: 'count',
  stateName: 'count',
  version: 1,
  firstVersion: 1,
  changeTopic: 'count-changes',
  tellsProgress: false,
  recordPhase: 1,
  rulesOf: () => ({}),
  wants: ({ type }) => type === 'interaction',
  step: (facet, { event }) => {
    const count = (facet ?? 0) + (event === null ? 0 : 1);
    return { facet: count === 0 ? undefined : count, due: null, change: event === null ? null : count };
  },
  labelOf: (count) => (count % 2 === 0 ? 'even' : 'odd'),
  encode: (count, { number, customerId }) => ({
    value: new TextEncoder().encode(JSON.stringify([number, customerId, count])),
    headers: {},
  }),
  encodeProgress: () => ({ value: new Uint8Array(), headers: {} }),
  encodeDeadLetter: () => ({ value: new Uint8Array(), headers: {} }),
  takeover: null,
};

const wiring: FoldWiring<number, object, number> = {
  fold: countFold,
  timeline: 'timeline',
  joins: null,
  reader: {
    record: (source) => ({
      offset: source.offset,
      type: source.key === null ? 'policy' : 'interaction',
      customerId: source.key === null ? null : (new TextDecoder().decode(source.key) as CustomerId),
      logTime: source.offset as TimeMs,
      origin: { topic: 'raw', offset: source.offset },
      originText: `raw:${source.offset}`,
      eventId: null,
      clock: 'live',
      rawAppendedAtMs: null,
      schema: null,
      source,
    }),
    event: () => ({ type: 'interaction', data: {} as never }),
    policy: () => ({ number: 1, document: '{}', format: 1, policy: {} as Policy }),
    cutover: () => {
      throw new Error('not used');
    },
    policyOf: () => ({}) as Policy,
  },
};

const options: Omit<FoldServiceOptions, 'group'> = {
  chunk: { stepsMax: 20, customersMax: 20, bytesMax: 100_000 },
  recordsMax: 20,
  cacheCustomersMax: 10,
  outboxMax: 1_000,
  retryMs: 50,
  mirrorMs: 1_000,
  input: { recordsMax: 200, bytesMax: 1_000_000 },
};

describe.skipIf(!requireServer('redis-server'))('lane loops on Redis', () => {
  test('two owners that fight for a lane, while Redis is killed and then flushed, count every event once', async () => {
    const server = await startRedisServer({});
    onTestFinished(server.close);
    const log = new MemoryLog();
    log.append('timeline', [null, ...customersOf(EVENTS / 3)].map(recordOf));
    const happened = { refused: 0, retried: 0, commits: 0 };
    const failures: unknown[] = [];
    const observer: LaneObserver = {
      refused: () => happened.refused++,
      retried: () => happened.retried++,
      committed: () => happened.commits++,
      faulted: (_service, _lane, fault) => failures.push(fault),
      crashed: (_service, _lane, error) => failures.push(error),
    };
    const owners = await Promise.all(
      ['first', 'second'].map(async (group) => {
        const store = await openRedisStore({
          mode: 'single',
          url: server.url,
          namespace: 'fight',
          lanes: 1,
          onWarning: () => {},
        });
        onTestFinished(() => store.close());
        const running = await startFoldService(wiring, { log, store, clock }, { ...options, group }, observer);
        return { store, running };
      }),
    );
    await waitFor(() => happened.commits > 10);
    await server.kill();
    log.append('timeline', customersOf(EVENTS / 3).map(recordOf));
    await server.start();
    const before = happened.commits;
    await waitFor(() => happened.commits > before + 10);
    await server.client.flushall();
    log.append('timeline', customersOf(EVENTS / 3).map(recordOf));
    await waitFor(() => owners.every(({ running }) => running.lanes.get(0)?.status.next === EVENTS + 1));
    await Promise.all(owners.map(({ running }) => running.stop()));

    expect(failures).toEqual([]);
    expect(happened.refused).toBeGreaterThan(0);
    expect(happened.retried).toBeGreaterThan(0);
    const { store } = owners[0] ?? {};
    const found = await store?.customers(0, null, 1_000);
    expect(found?.map(({ facets }) => facets.get('count'))).toEqual(Array(CUSTOMERS).fill(String(EVENTS / CUSTOMERS)));
    expect(await store?.labelCounts('count', 0)).toEqual(
      new Map([[(EVENTS / CUSTOMERS) % 2 === 0 ? 'even' : 'odd', CUSTOMERS]]),
    );
    expect(outputsByNumber(log)).toEqual(Array.from({ length: EVENTS }, (_, i) => i + 1));
  });
});

/** The numbers of all outputs, each once; throws if one number was given to two contents. */
function outputsByNumber(log: MemoryLog): number[] {
  const contents = new Map<number, string>();
  for (const { value } of log.records('count-changes')) {
    const text = new TextDecoder().decode(value ?? undefined);
    const [number] = JSON.parse(text) as [number];
    if ((contents.get(number) ?? text) !== text) throw new Error(`output ${number} is not the same everywhere`);
    contents.set(number, text);
  }
  return [...contents.keys()].toSorted((a, b) => a - b);
}

function customersOf(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `customer-${i % CUSTOMERS}`);
}

/** A null key is the policy. */
function recordOf(customer: string | null) {
  return { key: customer === null ? null : new TextEncoder().encode(customer), value: new Uint8Array(), headers: {} };
}

const clock: ServicePorts['clock'] = {
  now: () => Date.now() as TimeMs,
  elapsedMs: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {}),
};
