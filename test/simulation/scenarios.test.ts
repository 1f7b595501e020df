import {
  customerKey,
  embeddedSchemaIds,
  encodePolicy,
  encodeTimeline,
  encodeTimelinePolicy,
  type RawTopic,
  readTimelineHeaders,
  type TimelineFormat,
  timelineFormatOf,
  timelineHeaders,
} from '@tidemark/contracts';
import { type CustomerId, HOUR_MS, scoreNames, type TimeMs } from '@tidemark/domain';
import { Fault, type LogRecord, type NewRecord } from '@tidemark/stream';
import { NO_CALL_FAULTS, NO_LOG_FAULTS, Random, SimulatedLog, SimulatedStore, Simulation } from '@tidemark/testkit';
import { expect, test } from 'vitest';
import { Deployment, type Member } from './deployment.ts';
import { encoded } from './events.ts';
import { boundsOf } from './options.ts';
import { POLICIES } from './policies.ts';
import { Wiring } from './wiring.ts';
import { STARTS_AT } from './workload.ts';

const STEPS_MAX = 50_000;

/** One lane, with a timeline written by hand unless unify is to make it, and no faults but those of the scenario. */
function openWorld({ timeline }: { readonly timeline: 'by hand' | 'by unify' } = { timeline: 'by hand' }) {
  const simulation = new Simulation(new Random(1), STARTS_AT);
  const log = new SimulatedLog(simulation, 1);
  const store = new SimulatedStore();
  const deployment = new Deployment(
    simulation,
    log,
    store,
    new Wiring({}, 1, () => simulation.now),
    boundsOf(timeline === 'by unify' ? 50 : 2, 50),
  );
  if (timeline === 'by hand') log.append('timeline', 0, [policyRecord()]);
  const placeOf = (service: string): number => JSON.parse(store.snapshot(service, 0)?.meta ?? '{}').place?.offset ?? -1;
  const until = async (done: () => boolean, beforeStep = () => {}) =>
    expect(await simulation.run({ stepsMax: STEPS_MAX, done, beforeStep })).toBe('done');
  return { simulation, log, deployment, placeOf, until };
}

test('a lane that is taken away while it is acquired is left alone: nothing is sent for it', async () => {
  const { simulation, log, deployment, placeOf, until } = openWorld();
  log.append('timeline', 0, carts(0, 4));
  const first = deployment.start(['behaviour']);
  await until(() => placeOf('behaviour') === 4);
  deployment.crash(first);
  await until(() => log.group('behaviour').ownerOf(0) === null);

  const sent = log.records('behaviour-changes', 0).length;
  const second = deployment.start(['behaviour']);
  let revoked = false;
  const revoke = () => {
    const owner = log.group('behaviour').ownerOf(0);
    if (owner === null || revoked) return;
    owner.lose(0);
    revoked = true;
  };
  await until(() => revoked && second.running[0]?.lanes.size === 0, revoke);
  const restsAt = simulation.now + 10_000;
  simulation.after(null, 10_000, () => {});
  await until(() => simulation.now >= restsAt);
  expect(log.records('behaviour-changes', 0).length).toBe(sent);
});

test('a join whose input lacks records that it expected starts anew, and finds them', async () => {
  const { log, deployment, placeOf, until } = openWorld();
  for (const service of [...scoreNames, 'tier'] as const) deployment.start([service]);
  log.append('timeline', 0, carts(0, 4));
  await until(() => placeOf('tier') === 4);
  const { end } = log.bounds('behaviour-changes', 0);
  log
    .group('tier')
    .ownerOf(0)
    ?.seek('behaviour-changes', 0, end + 2);
  log.append('timeline', 0, carts(4, 12));
  await until(() => placeOf('tier') === 12);
  expect(deployment.violations).toEqual([]);
});

test('a service stops although its outbox is full and the log does not answer', async () => {
  const { simulation, log, deployment, placeOf, until } = openWorld();
  const member: Member = deployment.start(['behaviour']);
  await until(() => placeOf('behaviour') === 0);
  log.faults = { ...NO_LOG_FAULTS, send: { ...NO_CALL_FAULTS, lost: 1 } };
  log.append('timeline', 0, carts(0, 20));
  const stopsAt = simulation.now + 1_000;
  simulation.after(null, 1_000, () => deployment.stop(member));
  await until(() => simulation.now >= stopsAt && member.process.state === 'crashed');
  expect(deployment.violations).toEqual([]);
});

test('a lane of unify stops where the timeline has lost what it had committed, and writes nothing more', async () => {
  const { log, deployment, faults, until, raw } = unifiedWorld();
  raw('control', policyRaw());
  raw('interactions', viewRaw('a'), viewRaw('b'));
  await until(() => log.group('unify').committed(0).get('interactions')?.offset === 2);
  const first = deployment.members[0] as Member;
  deployment.crash(first);
  log.cut('timeline', 0, 2);
  deployment.start(['unify']);
  raw('interactions', viewRaw('c'));
  await until(() => faults.length > 0);
  expect(faults).toEqual(['place-outside-log']);
  expect(log.bounds('timeline', 0).end).toBe(2);
});

test('a lane of unify stops where a raw topic was made anew, although it has grown as long again', async () => {
  const { simulation, log, deployment, faults, until, raw } = unifiedWorld();
  raw('control', policyRaw());
  raw('interactions', viewRaw('a'), viewRaw('b'));
  await until(() => log.group('unify').committed(0).get('interactions')?.offset === 2);
  deployment.crash(deployment.members[0] as Member);
  log.cut('interactions', 0, 0);
  simulation.after(null, 1, () => {
    raw('interactions', viewRaw('c'), viewRaw('d'), viewRaw('e'));
    deployment.start(['unify']);
  });
  await until(() => faults.length > 0);
  expect(faults).toEqual(['record-changed']);
});

test('a lane of unify stops where a batch cannot be decoded, with all before it on the timeline and committed', async () => {
  const { log, faults, until, raw } = unifiedWorld();
  raw('control', policyRaw());
  await until(() => log.group('unify').committed(0).get('control')?.offset === 1);
  raw('interactions', viewRaw('a'), viewRaw('b'));
  const end = log.bounds('timeline', 0).end;
  const fault = new Fault('undecodable-batch', 'expected a batch that can be decoded, found none');
  let isBlocked = false;
  const block = () => {
    if (isBlocked || log.bounds('timeline', 0).end === end) return;
    isBlocked = true;
    log.group('unify').ownerOf(0)?.block('interactions', 0, fault);
  };
  await until(() => faults.length > 0, block);
  expect(faults).toEqual(['undecodable-batch']);
  expect(log.group('unify').committed(0).get('interactions')?.offset).toBe(2);
  expect(
    log.records('timeline', 0).filter(({ headers }) => readTimelineHeaders(headers).type === 'interaction'),
  ).toHaveLength(2);
});

test('a lane of unify stops where something else has committed in its group', async () => {
  const { log, deployment, faults, until } = unifiedWorld();
  log.group('unify').commit(0, new Map([['control', { offset: 0, metadata: 'not ours' }]]));
  deployment.start(['unify']);
  await until(() => faults.length > 0);
  expect(faults[0]).toBe('corrupt-state');
  expect(log.records('timeline', 0)).toEqual([]);
});

test('a clock that is ahead moves nothing, not even by the first policy', async () => {
  const { simulation, log, deployment, faults, until, raw } = unifiedWorld();
  for (const { process } of deployment.members) process.clockAheadMs = 3 * HOUR_MS;
  raw('control', policyRaw());
  raw('interactions', viewRaw('a'));
  await until(() => faults.length > 0);
  expect(faults).toEqual(['clock-ahead']);
  const times = log.records('timeline', 0).map(({ headers }) => readTimelineHeaders(headers).logTime);
  expect(Math.max(...times)).toBeLessThanOrEqual(simulation.now);
});

test('a lane that went live, whose offsets were not committed, reads its history again and refuses nothing', async () => {
  const { simulation, log, deployment, until, raw } = unifiedWorld();
  log.faults = { ...NO_LOG_FAULTS, commit: { ...NO_CALL_FAULTS, lost: 1 } };
  const topics = ['interactions', 'orders', 'marketing', 'identities'] as const;
  for (const topic of topics) raw(topic, promiseRaw(0, 1), promiseRaw(1, 1));
  raw('control', promiseRaw(0, 1), policyRaw(), [null, encoded('live-switch', { number: 1, time: hour(1) })]);
  await until(() =>
    log.records('timeline', 0).some(({ headers }) => readTimelineHeaders(headers).type === 'live-switch'),
  );
  const restsAt = simulation.now + 10_000;
  simulation.after(null, 1_000, () => {
    log.faults = NO_LOG_FAULTS;
  });
  simulation.after(null, 10_000, () => {});
  await until(() => simulation.now >= restsAt);
  expect(log.group('unify').committed(0).get('control')?.offset).toBe(3);
  expect(log.records('dead-letters', 0)).toEqual([]);
  expect(deployment.violations).toEqual([]);
});

test('a duplicate that unify dropped stays dropped when it is read again after its window has moved on', async () => {
  const { simulation, log, until, raw } = unifiedWorld();
  const promise = (from: number) => promiseRaw(from, 24);
  const customerId = 'c1' as CustomerId;
  const common = { customerId, channel: 'web' };
  const view = { action: 'view', object: null, category: null, sessionId: null, properties: {} };
  const click = { campaignId: 'spring', variant: null, kind: 'CLICKED' } as const;
  const viewed = encoded('interaction-event', { ...common, ...view, eventId: 'viewed', occurredAt: hour(1) });
  const clicked = encoded('marketing-event', { ...common, ...click, eventId: 'clicked', occurredAt: hour(5) });
  const key = customerKey(customerId);

  raw('control', promise(0), policyRaw(), promise(2));
  for (const topic of ['marketing', 'orders', 'identities'] as const) raw(topic, promise(0), promise(2));
  raw('interactions', promise(0), [key, viewed]);
  await until(() => log.group('unify').committed(0).get('interactions')?.offset === 2);

  log.faults = { ...NO_LOG_FAULTS, commit: { ...NO_CALL_FAULTS, lost: 1 } };
  raw('interactions', [key, viewed], promise(10));
  raw('marketing', [key, clicked], promise(10));
  for (const topic of ['orders', 'identities', 'control'] as const) raw(topic, promise(10));
  const restsAt = simulation.now + 10_000;
  simulation.after(null, 10_000, () => {});
  await until(() => simulation.now >= restsAt);
  const views = log.records('timeline', 0).filter(({ headers }) => readTimelineHeaders(headers).eventId === 'viewed');
  expect(new Set(views.map(({ headers }) => readTimelineHeaders(headers).origin?.offset))).toEqual(new Set([1]));
});

test('a lane of an earlier build goes on in its format until a control record; behind it all is in one header', async () => {
  const { log, deployment, until, raw, formats } = earlierWorld();
  raw('interactions', viewRaw('a'), viewRaw('b'));
  await until(() => committed(log, 'interactions') === 2);
  expect(new Set(formats())).toEqual(new Set([1]));
  expect(noteIn(log)).not.toHaveProperty('format');
  raw('control', formatRaw());
  await until(() => committed(log, 'control') === 2);
  raw('interactions', viewRaw('c'));
  await until(() => committed(log, 'interactions') === 3);
  expect(new Set(formats().slice(0, -1))).toEqual(new Set([1]));
  expect(formats().at(-1)).toBe(2);
  expect(noteIn(log)).toMatchObject({ format: 2 });
  expect(deployment.violations).toEqual([]);
});

test.each(['event', 'live'] as const)(
  'on the %s clock a takeover behind a format whose offsets were not committed makes the same timeline, none of it doubled',
  async (clock) => {
    const end = async (isTakenOver: boolean) => {
      const { simulation, log, deployment, until, raw, formats } = earlierWorld(clock);
      raw('interactions', viewRaw('a'));
      await until(() => committed(log, 'interactions') === (clock === 'event' ? 2 : 1));
      const before = log.bounds('timeline', 0).end;
      if (isTakenOver) log.faults = { ...NO_LOG_FAULTS, commit: { ...NO_CALL_FAULTS, lost: 1 } };
      raw('control', formatRaw(1), ...(clock === 'event' ? [promiseRaw(2, 2)] : []));
      if (clock === 'event') raw('interactions', promiseRaw(2, 2));
      for (const topic of ['orders', 'marketing', 'identities'] as const)
        if (clock === 'event') raw(topic, promiseRaw(2, 2));
      await until(() => log.bounds('timeline', 0).end > before);
      if (isTakenOver) {
        for (const member of [...deployment.members]) deployment.crash(member);
        log.faults = NO_LOG_FAULTS;
        deployment.start(['unify']);
      }
      if (clock === 'live') raw('interactions', viewRaw('c'));
      const restsAt = simulation.now + 10_000;
      simulation.after(null, 10_000, () => {});
      await until(() => simulation.now >= restsAt);
      expect(deployment.violations).toEqual([]);
      expect(formats().at(-1)).toBe(2);
      return withoutRepeats(log.records('timeline', 0), clock);
    };
    const undisturbed = await end(false);
    expect(undisturbed.map(({ type }) => type)).toContain('format');
    expect(await end(true)).toEqual(undisturbed);
  },
);

test('a lane of a new pipeline is in one header from its first record, and stays so, whoever takes it up', async () => {
  const { log, deployment, until, raw, formats } = unifiedWorld();
  log.faults = { ...NO_LOG_FAULTS, commit: { ...NO_CALL_FAULTS, lost: 1 } };
  raw('control', policyRaw());
  raw('interactions', viewRaw('a'));
  await until(() => log.bounds('timeline', 0).end === 2);
  deployment.crash(deployment.members[0] as Member);
  log.faults = NO_LOG_FAULTS;
  deployment.start(['unify']);
  raw('interactions', viewRaw('b'));
  await until(() => committed(log, 'interactions') === 2);
  expect(new Set(formats())).toEqual(new Set([2]));
  expect(deployment.violations).toEqual([]);
});

/** Its first record is as an earlier build wrote it, which has committed nothing since. */
function earlierWorld(clock: 'event' | 'live' = 'live') {
  const world = unifiedWorld();
  const { log, raw } = world;
  log.append('timeline', 0, [policyRecord(1, clock)]);
  if (clock === 'live') raw('control', policyRaw());
  else {
    raw('control', promiseRaw(0, 1), policyRaw());
    for (const topic of ['interactions', 'orders', 'marketing', 'identities'] as const) raw(topic, promiseRaw(0, 1));
  }
  return world;
}

function committed(log: SimulatedLog, topic: RawTopic): number | undefined {
  return log.group('unify').committed(0).get(topic)?.offset;
}

/** What unify has committed beside its offsets. */
function noteIn(log: SimulatedLog): object {
  return JSON.parse(log.group('unify').committed(0).get('interactions')?.metadata ?? '{}');
}

/** What the records are to a fold, with their bytes: of those with one origin the first. */
function withoutRepeats(records: readonly LogRecord[], clock: 'event' | 'live') {
  const seen = new Map<string, number>();
  return records.flatMap(({ headers, value }) => {
    const { origin, type, logTime } = readTimelineHeaders(headers);
    // The wall clock ticks while nothing else happens.
    if (origin === null) return [];
    if (origin.offset <= (seen.get(origin.topic) ?? -1)) return [];
    seen.set(origin.topic, origin.offset);
    // When it is on the wall clock, a time is not the same twice.
    return [{ type, format: timelineFormatOf(headers), value, ...(clock === 'event' ? { headers, logTime } : {}) }];
  });
}

function formatRaw(atHours = 0): Raw {
  return [null, encoded('format', { format: 2, time: hour(atHours) })];
}

/** One lane whose timeline unify makes, and what its lanes stopped with. */
function unifiedWorld() {
  const world = openWorld({ timeline: 'by unify' });
  const faults: string[] = [];
  world.deployment.onFault = ({ fault }) => faults.push(fault.code) > 0;
  world.deployment.start(['unify']);
  const raw = (topic: RawTopic, ...values: readonly Raw[]) => {
    world.log.append(
      topic,
      0,
      values.map(([key, value]) => ({ key, value, headers: {} })),
    );
  };
  const formats = () => world.log.records('timeline', 0).map(({ headers }) => timelineFormatOf(headers));
  return { ...world, faults, raw, formats };
}

type Raw = readonly [key: Uint8Array | null, value: Uint8Array];

const hour = (n: number) => (STARTS_AT + n * HOUR_MS) as TimeMs;

function promiseRaw(from: number, until: number): Raw {
  return [null, encoded('punctuation', { time: hour(from), until: hour(until) })];
}

function policyRaw(): Raw {
  const policy = { number: 1, ...(POLICIES[0] as (typeof POLICIES)[number]) };
  return [null, encodePolicy(embeddedSchemaIds, policy, hour(0)) as Uint8Array];
}

function viewRaw(eventId: string): Raw {
  const customerId = 'c1' as CustomerId;
  const view = { action: 'view', object: null, category: null, sessionId: null, properties: {} };
  const common = { customerId, channel: 'web', eventId, occurredAt: hour(0) };
  return [customerKey(customerId), encoded('interaction-event', { ...common, ...view })];
}

function policyRecord(format: TimelineFormat = 2, clock: 'event' | 'live' = 'live'): NewRecord {
  const [policy] = POLICIES;
  if (policy === undefined) throw new Error('expected a policy');
  const { value, schema } = encodeTimelinePolicy({ number: 1, ...policy });
  const headers = timelineHeaders(
    {
      type: 'policy',
      origin: { topic: 'control', offset: clock === 'live' ? 0 : 1 },
      logTime: STARTS_AT as TimeMs,
      clock,
      eventId: null,
      rawAppendedAtMs: null,
    },
    schema,
    format,
  );
  return { key: null, value, headers };
}

/** Interactions that change the band of a customer each. */
function carts(from: number, to: number): NewRecord[] {
  return Array.from({ length: to - from }, (_, i) => {
    const n = from + i;
    const eventId = `event-${n}`;
    const occurredAt = (STARTS_AT + 1_000 * (n + 1)) as TimeMs;
    const rest = { channel: 'web', action: 'cart', object: null, category: null, sessionId: null, properties: {} };
    const origin = { topic: 'interactions', offset: n } as const;
    return {
      key: customerKey(`c${n}` as CustomerId),
      value: encodeTimeline({ type: 'interaction', data: { eventId, occurredAt, ...rest } }),
      headers: timelineHeaders({
        type: 'interaction',
        origin,
        logTime: occurredAt,
        clock: 'live',
        eventId,
        rawAppendedAtMs: null,
      }),
    };
  });
}
