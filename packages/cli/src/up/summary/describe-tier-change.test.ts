import type { ChangeCause, TierChangeRecord } from '@tidemark/contracts';
import type { CustomerId, ScoreName, TimeMs, View } from '@tidemark/domain';
import { defaultPolicy } from '@tidemark/policy';
import type { ScoreViewChange } from '@tidemark/reading';
import { expect, test } from 'vitest';
import type { ExplainedTierChange } from './collect-summary.ts';
import { describeTierChange } from './describe-tier-change.ts';

const policy = { ...defaultPolicy(), name: 'test' };
const at = Date.UTC(1998, 5, 30, 6) as TimeMs;
const SILENCE: ChangeCause = { kind: 'silence', origin: null, eventId: null };
const ORDER: ChangeCause = { kind: 'event', origin: 'orders:12', eventId: 'o-1' };

function viewChange(score: ScoreName, from: View | null, to: View | null, cause = SILENCE): ScoreViewChange {
  return { score, at, from, to, cause };
}

function tierChange(
  fields: Partial<TierChangeRecord>,
  scoreChanges: readonly ScoreViewChange[] = [],
): ExplainedTierChange {
  const change: TierChangeRecord = {
    number: 1,
    timelineOffset: 1,
    effectiveAt: at,
    change: 2,
    from: 'gold',
    to: 'silver',
    direction: 'down',
    points: 38,
    reasons: [
      { view: 'rfm.segment', value: 'potential_loyalist', points: 43 },
      { view: 'churn.risk', value: 'high', points: -5 },
    ],
    causes: scoreChanges.map(({ score, cause }) => ({ score, ...cause })),
    policyNumber: 1,
    labels: {},
    benefits: [],
    strategy: null,
    foldVersion: 1,
    epoch: null,
    ...fields,
  };
  return { lane: 0, offset: 0, customerId: '19339' as CustomerId, change, scoreChanges, beforeGrace: [] };
}

test('a change of a score is told as what it went from and to, and why', () => {
  const cooled = viewChange('behaviour', { band: 'warm' }, { band: 'cool' });
  expect(describeTierChange(tierChange({}, [cooled]), policy)).toEqual([
    '  1998-06-30 customer 19339: gold -> silver because behaviour cooled from warm to cool (silence)',
    '             38 points: RFM segment potential loyalist +43, churn risk high -5',
  ]);
});

test('of a view only what gives points is told', () => {
  const from = { recency: 1, frequency: 1, monetary: 1, segment: 'hibernating', spend: 0 };
  const to = { recency: 5, frequency: 2, monetary: 2, segment: 'potential_loyalist', spend: 1 };
  const [line] = describeTierChange(tierChange({ from: null }, [viewChange('rfm', from, to, ORDER)]), policy);
  expect(line).toContain(
    'enters as silver because RFM segment went from hibernating to potential loyalist and spend band rose from 0 to 1 (an order)',
  );
});

test('a first view is told as it is', () => {
  const [line] = describeTierChange(
    tierChange({}, [viewChange('churn', null, { risk: 'low', pace: 'unknown' })]),
    policy,
  );
  expect(line).toContain('churn risk is low and buying pace is unknown');
});

test('a fall after its grace says what brought the points down, and when', () => {
  const causes = [{ score: null, ...SILENCE }];
  const began = { ...viewChange('churn', { risk: 'low' }, { risk: 'high' }), at: Date.UTC(1998, 5, 16) as TimeMs };
  const [line] = describeTierChange({ ...tierChange({ causes }), beforeGrace: [began] }, policy);
  expect(line).toContain(
    'because churn risk rose from low to high (silence) on 1998-06-16, and the 38 points stayed below the',
  );
  expect(line).toMatch(/that gold needs past the grace of \d+ days \(silence\)$/);
});

test('a fall whose beginning the log no longer tells is explained by its points', () => {
  const [line] = describeTierChange(tierChange({ causes: [{ score: null, ...SILENCE }] }), policy);
  expect(line).toContain('because the 38 points stayed below');
});

test('new rules are named as the cause', () => {
  const causes = [{ score: null, kind: 'policy', origin: 'control:9', eventId: null } as const];
  expect(describeTierChange(tierChange({ causes }), policy)[0]).toContain('because the rules changed (a new policy)');
});

test('a score whose change is not in the log is still named', () => {
  const causes = [{ score: 'rfm', ...ORDER }];
  expect(describeTierChange(tierChange({ causes }), policy)[0]).toContain('because rfm changed (an order)');
});
