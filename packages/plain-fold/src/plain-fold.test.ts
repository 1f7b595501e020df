import { codecs, customerKey, encodeTimeline, timelineHeaders } from '@tidemark/contracts';
import { type CustomerId, HOUR_MS, type Policy, type TimeMs, type View } from '@tidemark/domain';
import { type ScoreEntry, scoreNames, scores, tierEncoding, timelineReader } from '@tidemark/pipeline';
import { defaultPolicy, policyDocument } from '@tidemark/policy';
import type { LogRecord, NewRecord } from '@tidemark/stream';
import { expect, test } from 'vitest';
import type { PlainOutput } from './output.ts';
import { plainFold } from './plain-fold.ts';
import { plainScoreWiring } from './score-wiring.ts';

const START = Date.UTC(2025, 0, 1);
const A = 'a' as CustomerId;
const B = 'b' as CustomerId;

/** A hot customer is silver at once, and after an hour, when he is only warm, no more. */
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

function fold(records: readonly NewRecord[]) {
  const log: LogRecord[] = records.map((record, offset) => ({ ...record, offset, appendedAtMs: 0 }));
  const outputs: PlainOutput[] = [];
  const wiring = {
    lane: 0,
    reader: timelineReader,
    scores: scoreNames.map((name) => plainScoreWiring(scores[name] as ScoreEntry<unknown, unknown, View>)),
    tier: tierEncoding,
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

function policy(content: Policy, number = 1, atHours = 0): NewRecord {
  const value = codecs['timeline-policy'].encode({ number, ...policyDocument(content) });
  const origin = { topic: 'control', offset: number } as const;
  return { key: null, value, headers: timelineHeaders({ ...at(atHours), type: 'policy', origin, eventId: null }) };
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
