import type { TimeMs } from '@tidemark/domain';
import { type ExplainedCause, type Explanation, FUTURE_CHANGES_MAX } from '@tidemark/reading';
import { expect, test } from 'vitest';
import { explanationJson } from './explanation-json.ts';
import { formatExplanation } from './format-explanation.ts';

const at = Date.UTC(1998, 5, 30, 12) as TimeMs;
const RECORD = { origin: 'orders:12', eventId: 'o-1', type: 'order', occurredAt: at, timelineOffset: 40 };

function explanation(because: readonly ExplainedCause[], changes: Partial<Explanation> = {}): Explanation {
  return {
    customerId: '19339',
    lane: 3,
    clock: 'event',
    at,
    policy: { number: 1, name: 'default' },
    tier: {
      name: 'silver',
      points: 38,
      since: at,
      belowSince: null,
      leave: 25,
      up: { name: 'gold', enter: 50 },
      down: { name: 'member' },
    },
    attributes: [
      { score: 'rfm', attribute: 'segment', value: 'potential_loyalist', points: 38, inputs: [], band: null },
    ],
    lastChange: {
      change: 2,
      from: 'member',
      to: 'silver',
      direction: 'up',
      points: 38,
      effectiveAt: at,
      timelineOffset: 40,
      policyNumber: 1,
      reasons: [],
      causes: [],
      labels: {},
      benefits: [],
      strategy: null,
      because,
    },
    next: [],
    ...changes,
  };
}

test('an event is told down to the very record', () => {
  const view = { from: { segment: 'new' }, to: { segment: 'potential_loyalist' } };
  const lines = formatExplanation(explanation([{ score: 'rfm', kind: 'event', view, record: RECORD }]));
  expect(lines).toEqual([
    'Customer 19339, as of 1998-06-30 12:00 UTC, by policy default (number 1)',
    '',
    'Tier: silver, since 1998-06-30, with 38 points',
    '  falls towards member when points stay below 25',
    '  rises to gold with 50 points',
    '',
    'What the points come from:',
    '  RFM segment potential loyalist  +38',
    '',
    'Last change: member -> silver on 1998-06-30 12:00 UTC (change 2), because',
    '  RFM segment new -> potential loyalist, by an order of 1998-06-30 12:00 UTC (orders:12, event o-1, timeline offset 40)',
    '',
    'If nothing happens: everything stays as it is.',
  ]);
});

test.each<[ExplainedCause, string]>([
  [
    { score: 'behaviour', kind: 'silence', view: { from: { band: 'hot' }, to: { band: 'warm' } }, record: null },
    '  behaviour hot -> warm, by silence: nothing came that would have kept it',
  ],
  [
    { score: null, kind: 'silence', view: null, record: null },
    '  the points stayed too low until the grace and the minimum stay were over',
  ],
  [
    {
      score: null,
      kind: 'policy',
      view: null,
      record: { ...RECORD, origin: 'control:4', type: 'policy', eventId: null, occurredAt: null },
    },
    '  the rules changed, by a policy (control:4, timeline offset 40)',
  ],
  [
    { score: 'churn', kind: 'event', view: null, record: null },
    '  Churn changed, by a record that the log no longer has',
  ],
])('a cause is told as it is: %#', (cause, line) => {
  expect(formatExplanation(explanation([cause]))).toContain(line);
});

test('what comes next is told moment by moment, and a log that lost the last change says so', () => {
  const next = [
    {
      at,
      views: [{ score: 'behaviour', from: { band: 'hot' }, to: { band: 'warm' } }],
      tier: { from: 'silver', to: 'member' },
      points: 12,
    } as const,
  ];
  const lines = formatExplanation(explanation([], { next, lastChange: null }));
  expect(lines).toContain('Last change: the log does not have it (any more)');
  expect(lines.slice(-2)).toEqual([
    'If nothing happens:',
    '  1998-06-30 12:00 UTC  behaviour hot -> warm; tier silver -> member (12 points)',
  ]);
});

test('whether that is all is said', () => {
  const step = { at, views: [], tier: null, points: 1 } as const;
  const few = formatExplanation(explanation([], { next: [step] }));
  expect(few.at(-1)).toBe('  Then nothing changes any more, and silver stays.');
  const many = formatExplanation(explanation([], { next: Array(FUTURE_CHANGES_MAX).fill(step) }));
  expect(many.at(-1)).not.toContain('nothing changes');
});

test('as JSON all times are ISO 8601', () => {
  const json = explanationJson(
    explanation([{ score: 'rfm', kind: 'event', view: null, record: RECORD }], {
      next: [{ at, views: [], tier: null, points: 1 }],
    }),
  );
  expect(json).not.toContain(String(at));
  expect(JSON.parse(json)).toMatchObject({
    at: '1998-06-30T12:00:00.000Z',
    tier: { since: '1998-06-30T12:00:00.000Z', belowSince: null },
    lastChange: { effectiveAt: expect.any(String), because: [{ record: { occurredAt: '1998-06-30T12:00:00.000Z' } }] },
    next: [{ at: '1998-06-30T12:00:00.000Z' }],
  });
});
