import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CustomerId, DAY_MS, type Policy, type TimeMs } from '@tidemark/domain';
import {
  type Fault,
  type FoldServiceOptions,
  type FoldWiring,
  type LaneFold,
  type NewRecord,
  OperatingError,
  type ServicePorts,
  startFoldService,
} from '@tidemark/stream';
import { requireServer } from '@tidemark/testkit';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openRedisStore } from './index.ts';
import { Keys } from './keys.ts';
import { MemoryLog } from './testing/memory-log.ts';
import { startRedisServer, type TestServer, waitFor } from './testing/redis-server.ts';
import { storedKeys } from './testing/stored-keys.ts';

const NAMESPACE = 'evict';
/** So long after their last event a customer counts as gone: a timer. */
const SILENCE_MS = 20;

interface Facet {
  readonly events: number;
  readonly lastAt: number;
  readonly isHere: boolean;
  /** Takes memory. */
  readonly ballast: string;
}

const BALLAST = 'x'.repeat(2_000);

/** Says of a customer that they enter, return and leave, so that each absence from the store would say something wrong. */
const presence: LaneFold<Facet, { readonly silenceMs: number }, string> = {
  service: 'presence',
  stateName: 'presence',
  version: 1,
  firstVersion: 1,
  changeTopic: 'presence-changes',
  tellsProgress: false,
  recordPhase: 1,
  rulesOf: ({ number }) => ({ silenceMs: SILENCE_MS * number }),
  wants: ({ type }) => type === 'interaction',
  step(facet, { event }, at, { silenceMs }) {
    const events = (facet?.events ?? 0) + (event === null ? 0 : 1);
    if (events === 0) return { facet: undefined, due: null, change: null };
    const lastAt = event === null ? (facet?.lastAt ?? 0) : at;
    const isHere = at < lastAt + silenceMs;
    const change = facet === undefined ? 'enters' : facet.isHere === isHere ? null : isHere ? 'returns' : 'leaves';
    const due = isHere ? ((lastAt + silenceMs) as TimeMs) : null;
    return { facet: { events, lastAt, isHere, ballast: BALLAST }, due, change: change && `${change} after ${events}` };
  },
  labelOf: ({ isHere }) => (isHere ? 'here' : 'away'),
  encode: (change, { number, customerId, effectiveAt }) => ({
    value: new TextEncoder().encode(JSON.stringify([number, customerId, effectiveAt, change])),
    headers: {},
  }),
  encodeProgress: () => ({ value: new Uint8Array(), headers: {} }),
  encodeDeadLetter: () => ({ value: new Uint8Array(), headers: {} }),
  takeover: null,
};

const wiring: FoldWiring<Facet, { readonly silenceMs: number }, string> = {
  fold: presence,
  timeline: 'timeline',
  joins: null,
  reader: {
    record: (source) => ({
      offset: source.offset,
      type: source.key === null ? 'policy' : 'interaction',
      customerId: source.key === null ? null : (new TextDecoder().decode(source.key) as CustomerId),
      logTime: (DAY_MS + source.offset) as TimeMs,
      origin: { topic: 'raw', offset: source.offset },
      originText: `raw:${source.offset}`,
      eventId: null,
      clock: 'live',
      rawAppendedAtMs: null,
      schema: null,
      source,
    }),
    event: () => ({ type: 'interaction', data: {} as never }),
    policy: ({ source }) => ({
      number: source.value?.[0] ?? 1,
      document: String(source.value?.[0]),
      format: 1,
      policy: {} as Policy,
    }),
    cutover: () => {
      throw new Error('not used');
    },
    policyOf: () => ({}) as Policy,
  },
};

const options: FoldServiceOptions = {
  group: 'presence',
  chunk: { stepsMax: 20, customersMax: 20, bytesMax: 100_000 },
  recordsMax: 20,
  // Most have to be read again for their next event.
  cacheCustomersMax: 10,
  outboxMax: 1_000,
  retryMs: 20,
  mirrorMs: 1_000,
  input: { recordsMax: 200, bytesMax: 1_000_000 },
};

const clock: ServicePorts['clock'] = {
  now: () => Date.now() as TimeMs,
  elapsedMs: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {}),
};

const KINDS = ['the lane', 'a customer', 'the customers', 'the timers', 'the outbox', 'a label'] as const;

describe.skipIf(!requireServer('redis-server'))('a lane on a Redis that evicts', () => {
  test.each(KINDS)(
    'publishes nothing wrong where %s is deleted under it, and stops or is built again',
    async (kind) => {
      const expected = await undisturbed(EVENTS);
      const { log, server, run } = await openWorld();
      log.append('timeline', EVENTS.slice(0, 200));
      const running = await run();
      await waitFor(() => running.next() === 200);
      // A lane that goes down keeps what it had to send; whoever comes after it would know of it from the store alone.
      if (kind === 'the outbox') {
        log.isAway = true;
        log.append('timeline', EVENTS.slice(200, 260));
        await waitFor(() => running.next() === 260);
        await running.stop();
      }
      const customers = kind === 'a customer' ? customersOf(EVENTS.slice(200)) : [''];
      for (const customerId of customers) {
        const of = { service: 'presence', customerId, label: 'away' };
        const key = (await storedKeys(server.client, new Keys(NAMESPACE, 1), 0, of))[kind];
        await server.client.del(key);
      }
      log.isAway = false;
      log.append('timeline', EVENTS.slice(kind === 'the outbox' ? 260 : 200));
      const last = kind === 'the outbox' ? await run() : running;
      await waitFor(() => last.fault() !== null || last.next() === EVENTS.length);
      await last.stop();

      const changes = changesIn(log);
      expect(changes).toEqual(expected.slice(0, changes.length));
      if (kind === 'the lane') expect({ fault: last.fault(), changes }).toEqual({ fault: null, changes: expected });
      else expect(last.fault()).toMatchObject({ code: 'state-missing' });
    },
  );

  test('publishes nothing wrong under allkeys-random, and all of it once the namespace was emptied', async () => {
    const expected = await undisturbed(MANY_EVENTS);
    const { log, server, run } = await openWorld('blind');
    log.append('timeline', MANY_EVENTS);
    const running = await run();
    await waitFor(() => running.next() > 300);
    await server.client.config('SET', 'maxmemory-policy', 'allkeys-random');
    const used = Number(/used_memory:(\d+)/.exec(await server.client.info('memory'))?.[1]);
    await server.client.config('SET', 'maxmemory', used - EVICTED_BYTES);
    await waitFor(() => running.fault() !== null || running.next() === MANY_EVENTS.length);
    await running.stop();
    const evicted = Number(/evicted_keys:(\d+)/.exec(await server.client.info('stats'))?.[1]);
    const published = changesIn(log);
    expect(evicted).toBeGreaterThan(0);
    expect(running.fault()).toMatchObject({ code: 'state-missing' });
    expect(published.length).toBeLessThan(expected.length);
    expect(published).toEqual(expected.slice(0, published.length));

    await server.client.config('SET', 'maxmemory', 0);
    await server.client.eval(EMPTY_NAMESPACE, 0, `${NAMESPACE}:*`);
    const again = await run();
    await waitFor(() => again.next() === MANY_EVENTS.length);
    await again.stop();
    expect(again.fault()).toBeNull();
    expect(changesIn(log)).toEqual(expected);
  });
});

/** The way out that the runbook gives: what is left of a namespace goes, page by page. */
const EMPTY_NAMESPACE = readFileSync(new URL('../../../infra/redis/empty-namespace.lua', import.meta.url), 'utf8');

const EVENTS = [policy(1), ...eventsOf(250), policy(2), ...eventsOf(150)];
const EVICTED_BYTES = 100_000;
/** Enough customers that Redis has something to evict. */
const MANY_EVENTS = [policy(1), ...eventsOf(2_000, 499)];

/** A log that can be away for whoever writes. */
class AwayLog extends MemoryLog {
  isAway = false;

  override async writer() {
    const writer = await super.writer();
    return {
      ...writer,
      send: async (...args: Parameters<typeof writer.send>) => {
        if (this.isAway) throw new OperatingError('log-unavailable', 'the log is away', { retriable: true });
        return writer.send(...args);
      },
    };
  }
}

/** A Redis and a log of its own. `blind`: a user who may not ask whether Redis evicts. */
async function openWorld(user: 'default' | 'blind' = 'default') {
  const server = await startRedisServer({});
  onTestFinished(server.close);
  await server.client.call('ACL', 'SETUSER', 'blind', 'on', '>x', '~*', '+@all', '-info');
  const log = new AwayLog();
  return { server, log, run: () => runLane(server, log, user) };
}

async function runLane({ url }: TestServer, log: AwayLog, user: string) {
  const credentials = user === 'default' ? {} : { username: user, password: 'x' };
  const store = await openRedisStore({
    mode: 'single',
    url,
    namespace: NAMESPACE,
    lanes: 1,
    onWarning: () => {},
    ...credentials,
  });
  onTestFinished(() => store.close());
  let fault: Fault | null = null;
  const running = await startFoldService(wiring, { log, store, clock }, options, {
    faulted(_service, _lane, found) {
      fault = found;
    },
    crashed: (_service, _lane, error) => {
      throw error;
    },
  });
  return {
    next: () => running.lanes.get(0)?.status.next ?? 0,
    fault: () => fault,
    stop: () => running.stop(),
  };
}

/** What a lane publishes on a Redis of its own that loses nothing. */
async function undisturbed(events: readonly NewRecord[]): Promise<readonly string[]> {
  const { log, run } = await openWorld();
  log.append('timeline', events);
  const running = await run();
  await waitFor(() => running.next() === events.length);
  await running.stop();
  return changesIn(log);
}

/** The changes by number, each once; throws where a number is missing or was given to two contents. */
function changesIn(log: MemoryLog): string[] {
  const changes: string[] = [];
  for (const { value } of log.records('presence-changes')) {
    const text = new TextDecoder().decode(value ?? undefined);
    const at = (JSON.parse(text) as [number])[0] - 1;
    if (at > changes.length) throw new Error(`change ${changes.length + 1} is missing`);
    if ((changes[at] ?? text) !== text) throw new Error(`change ${at + 1} is not the same everywhere`);
    changes[at] = text;
  }
  return changes;
}

/** In an order that has each come again after shorter and longer silences. */
function eventsOf(count: number, customers = 60): NewRecord[] {
  return Array.from({ length: count }, (_, i) => recordOf(`customer-${(i * i + 7 * i) % customers}`, []));
}

function policy(number: number): NewRecord {
  return recordOf(null, [number]);
}

function recordOf(customer: string | null, value: readonly number[]): NewRecord {
  const key = customer === null ? null : new TextEncoder().encode(customer);
  return { key, value: Uint8Array.from(value), headers: {} };
}

function customersOf(records: readonly NewRecord[]): string[] {
  return [...new Set(records.flatMap(({ key }) => (key === null ? [] : [new TextDecoder().decode(key)])))];
}
