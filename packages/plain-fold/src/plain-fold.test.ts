import { customerKey, encodeTimeline, encodeTimelinePolicy, timelineHeaders } from '@tidemark/contracts';
import {
  type CustomerId,
  HOUR_MS,
  Noted,
  type Policy,
  type Score,
  TIER_VERSION,
  type TimeMs,
  type View,
} from '@tidemark/domain';
import { scores, tierEncoding, timelineReader } from '@tidemark/pipeline';
import { defaultPolicy, policyDocument } from '@tidemark/policy';
import type { LogRecord, NewRecord, ScoreEncoding } from '@tidemark/stream';
import { expect, test } from 'vitest';
import type { PlainOutput } from './output.ts';
import { type PlainScoreWiring, plainFold } from './plain-fold.ts';

const START = Date.UTC(2025, 0, 1);
const A = 'a' as CustomerId;
const B = 'b' as CustomerId;

/** A hot customer is silver at once, and after an hour, once only warm, no more. */
const POLICY: Policy = {
  ...defaultPolicy(),
  behaviour: { halfLifeDays: 1 / 24, weights: { 'interaction.view': 16 }, bands: { hot: 15, warm: 7, cool: 3 } },
  tiers: {
    points: { 'behaviour.band': { hot: 10 } },
    tiers: [
      { name: 'member', enter: Number.MIN_SAFE_INTEGER, leave: Number.MIN_SAFE_INTEGER },
      { name: 'silver', enter: 10, leave: 10 },
    ],
    minimumStayDays: 0,
    graceDays: 0.5,
  },
};

const REGISTRY: readonly PlainScoreWiring[] = [scores.rfm, scores.behaviour, scores.churn];

function fold(records: readonly NewRecord[], chosen: readonly PlainScoreWiring[] = REGISTRY) {
  const log: LogRecord[] = records.map((record, offset) => ({ ...record, offset, appendedAtMs: 0 }));
  const outputs: PlainOutput[] = [];
  const wiring = {
    lane: 0,
    reader: timelineReader,
    scores: chosen,
    tiers: [{ version: TIER_VERSION, encoding: tierEncoding }],
  };
  const result = plainFold(log, wiring, (output) => outputs.push(output));
  const hours = (at: number) => Math.ceil((at - START) / HOUR_MS);
  const lines = outputs.map(
    (one) => `${one.service} ${one.customerId} ${one.timelineOffset} at ${hours(one.effectiveAt)} h`,
  );
  return { ...result, outputs, lines };
}

test('timers fire in order before the record that brings the time, and tier decides at each moment of it', () => {
  const { lines, facets } = fold([policy(POLICY), viewed(B, 1, 0), viewed(A, 2, 0), tick(30)]);
  expect(lines).toEqual([
    'behaviour b 1 at 0 h',
    'tier b 1 at 0 h',
    'behaviour a 2 at 0 h',
    'tier a 2 at 0 h',
    // Hot for a moment, warm for an hour, cool for another, then silent: both at the same times, in order of their ids.
    ...['a', 'b'].map((id) => `behaviour ${id} 3 at 1 h`),
    ...['a', 'b'].map((id) => `behaviour ${id} 3 at 2 h`),
    ...['a', 'b'].map((id) => `behaviour ${id} 3 at 3 h`),
    // Silver is left half a day after the points fell.
    ...['a', 'b'].map((id) => `tier ${id} 3 at 13 h`),
  ]);
  expect(facets.get('tier')?.get(A)).toMatchObject({ tier: 'member', changes: 2 });
});

test('a record whose origin was seen does nothing at all', () => {
  const once = fold([policy(POLICY), viewed(A, 1, 0), viewed(B, 2, 1)]);
  const repeated = fold([policy(POLICY), viewed(A, 1, 0), viewed(B, 2, 1), viewed(A, 1, 20), viewed(B, 2, 40)]);
  expect(repeated.lines).toEqual(once.lines);
  expect(repeated.facets).toEqual(once.facets);
  expect(repeated.streamTime).toBe(once.streamTime);
  expect(repeated.repeats).toBe(2);
});

test('a new policy looks at every customer again, in order, at stream time', () => {
  const bands = { hot: 100, warm: 50, cool: 10 };
  const { lines, outputs } = fold([
    policy(POLICY),
    viewed(B, 1, 0),
    viewed(A, 2, 0),
    policy({ ...POLICY, behaviour: { ...POLICY.behaviour, bands } }, 2, 0),
  ]);
  expect(lines.slice(4)).toEqual(['behaviour a 3 at 0 h', 'behaviour b 3 at 0 h']);
  expect(outputs.slice(4).map(({ phase, number }) => [phase, number])).toEqual([
    [1, 3],
    [1, 4],
  ]);
});

/** The first event waits for two of the policy's half-lives at that; any other is a repeat. Rules add to `adopted`. */
interface Waiting {
  readonly since: TimeMs | null;
  readonly origin: string | null;
  readonly adopted: number;
}
const waiting: Score<Waiting, number, View> = {
  name: 'waiting',
  version: 1,
  eventTypes: ['interaction'],
  initial: { since: null, origin: null, adopted: 0 },
  parametersOf: ({ behaviour }) => behaviour.halfLifeDays * 24 * HOUR_MS,
  evolve: (state, _event, at, _waitMs, origin = null) =>
    state.since === null ? { ...state, since: at, origin } : new Noted(state, 'repeat'),
  view: ({ since, adopted }) => ({ isWaiting: Number(since !== null), adopted }),
  nextDueAt: () => null,
  nextExpiryAt: ({ since }, _at, waitMs) => (since === null ? null : ((since + 2 * waitMs) as TimeMs)),
  expire: (state, at, waitMs) =>
    state.since !== null && state.since + 2 * waitMs <= at
      ? { state: { ...state, since: null }, letters: [{ reason: 'order-unknown', origin: state.origin }] }
      : null,
  adopt: (state, _at, before, after) => ({ ...state, adopted: state.adopted + after / before }),
  exact: () => ({}),
};
const jsonOf = (content: unknown) => ({ value: Buffer.from(JSON.stringify(content)), headers: {} });
const jsonEncoding: ScoreEncoding<View> = {
  changeTopic: 'waiting-changes',
  change: ({ to }) => jsonOf(to),
  progress: () => jsonOf(null),
  told: null,
  deadLetter: ({ reason, refused }) =>
    jsonOf([reason, refused.topic, refused.offset, String(refused.key), refused.value]),
};

/** Tier, which hears of it too, is left out. */
function foldWaiting(records: readonly NewRecord[]) {
  const { outputs, lines, facets } = fold(records, [{ score: waiting, encoding: jsonEncoding }]);
  const isOurs = (_: unknown, i: number) => outputs[i]?.service === 'waiting';
  return { outputs: outputs.filter(isOurs), lines: lines.filter(isOurs), facets };
}

test('what waited in vain is let go at its time, before the view is looked at; a repeat is noted by its origin', () => {
  const events = [policy(POLICY), viewed(A, 7, 0), viewed(A, 8, 1), tick(5)];
  const { outputs, lines, facets } = foldWaiting(events);
  expect(lines).toEqual(['waiting a 1 at 0 h', 'waiting a 3 at 2 h', 'waiting a 3 at 2 h']);
  expect(outputs.map(({ value }) => JSON.parse(String(value)))).toEqual([
    { isWaiting: 1, adopted: 0 },
    ['order-unknown', 'interactions', 7, String(new TextEncoder().encode(A)), null],
    { isWaiting: 0, adopted: 0 },
  ]);
  expect(facets.get('waiting')?.get(A)).toMatchObject({ noted: { repeat: [1, 'interactions:8'] } });
});

test('at a new policy each customer takes over what the one before had, and what its rules let go goes at once', () => {
  const shorter = { ...POLICY, behaviour: { ...POLICY.behaviour, halfLifeDays: 1 / 48 } };
  const timeline = [policy(POLICY), viewed(B, 1, 0), viewed(A, 2, 0), policy(shorter, 2, 1.5)];
  const { outputs } = foldWaiting(timeline);
  expect(outputs.slice(2).map(({ customerId, value }) => [customerId, JSON.parse(String(value))])).toEqual([
    [A, ['order-unknown', 'interactions', 2, expect.anything(), null]],
    [A, { isWaiting: 0, adopted: 0.5 }],
    [B, ['order-unknown', 'interactions', 1, expect.anything(), null]],
    [B, { isWaiting: 0, adopted: 0.5 }],
  ]);
});

function policy(content: Policy, number = 1, atHours = 0): NewRecord {
  const { value, schema } = encodeTimelinePolicy({ number, ...policyDocument(content) });
  const origin = { topic: 'control', offset: number } as const;
  const headers = timelineHeaders({ ...at(atHours), type: 'policy', origin, eventId: null }, schema);
  return { key: null, value, headers };
}

function viewed(customerId: CustomerId, offset: number, atHours: number): NewRecord {
  const eventId = `event-${offset}`;
  const rest = { channel: 'web', action: 'view', object: null, category: null, sessionId: null, properties: {} };
  const data = { eventId, occurredAt: (START + atHours * HOUR_MS) as TimeMs, ...rest };
  return {
    key: customerKey(customerId),
    value: encodeTimeline({ type: 'interaction', data }),
    headers: timelineHeaders({
      ...at(atHours),
      type: 'interaction',
      origin: { topic: 'interactions', offset },
      eventId,
    }),
  };
}

function tick(atHours: number): NewRecord {
  return {
    key: null,
    value: null,
    headers: timelineHeaders({ ...at(atHours), type: 'tick', origin: null, eventId: null }),
  };
}

function at(hours: number) {
  return { logTime: (START + hours * HOUR_MS) as TimeMs, clock: 'live', rawAppendedAtMs: null } as const;
}
