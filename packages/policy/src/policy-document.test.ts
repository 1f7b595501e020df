import { createHash } from 'node:crypto';
import type { Policy } from '@tidemark/domain';
import { expect, test } from 'vitest';
import { defaultPolicy } from './default-policy.ts';
import { canonicalJson, parsePolicyDocument, policyDocument } from './policy-document.ts';

test('canonical JSON is the same whatever the order of properties, and sorts names that look like numbers too', () => {
  expect(canonicalJson({ b: [1, { d: 'x', c: null }], a: -0.5 })).toBe('{"a":-0.5,"b":[1,{"c":null,"d":"x"}]}');
  expect(canonicalJson({ 10: 'ten', 9: 'nine' })).toBe('{"10":"ten","9":"nine"}');
});

test('a document has the SHA-256 of its bytes', () => {
  const { document, hash } = policyDocument(defaultPolicy());
  expect(hash).toBe(createHash('sha256').update(Buffer.from(document)).digest('hex'));
});

test('the default policy keeps its document: its hash stands in logs', () => {
  expect(policyDocument(defaultPolicy()).hash).toBe('3544c4d27c5ac87cf43d9b8ae7b47522cf96884e4eb47c35058a7d8f0472c04d');
});

test('a policy comes back out of its document as it went in', () => {
  const policy: Policy = {
    ...defaultPolicy(),
    name: 'Été',
    currency: { base: 'KWD', rates: { USD: 0.31 } },
  };
  expect(parsePolicyDocument(policyDocument(policy))).toEqual({ ok: true, policy, warnings: [] });
});

test.each<[string, (policy: Policy) => unknown, string]>([
  ['a wrong number', (p) => ({ ...p, churn: { ...p.churn, horizonDays: -1 } }), 'churn.horizon_days'],
  ['a time of day', (p) => ({ ...p, events: { earliestAt: 1 } }), 'events.earliest'],
  ['a time beyond any date', (p) => ({ ...p, events: { earliestAt: 1e300 } }), 'events.earliest'],
  ['a history too short', (p) => ({ ...p, orders: { historyDays: 1 } }), 'orders.history_days'],
  ['a part of a cent', (p) => ({ ...p, rfm: { ...p.rfm, spendBandsMinor: [0.5] } }), 'rfm.spend_bands[0]'],
  [
    'a rule broken',
    (p) => ({ ...p, behaviour: { ...p.behaviour, bands: { hot: 1, warm: 2, cool: 3 } } }),
    'behaviour.bands.cool',
  ],
  ['an unknown field', (p) => ({ ...p, colour: 'red' }), ''],
  ['an unknown field of tiers', (p) => ({ ...p, tiers: { ...p.tiers, colour: 'red' } }), 'colour'],
  ['an unknown field of a facet', (p) => ({ ...p, rfm: { ...p.rfm, colour: 'red' } }), 'rfm.colour'],
  ['a missing part', (p) => ({ ...p, rfm: undefined }), ''],
  ['a missing value', (p) => ({ ...p, rfm: {} }), 'rfm.window_days'],
  ['what a file may leave out, left out', (p) => ({ ...p, orders: {} }), ''],
  ['words of format 2 under format 1', (p) => ({ ...p, review: '2027-01-31' }), ''],
  ['a threshold of the lowest tier', (p) => withFirstTier(p, { name: 'member', enter: 0, leave: 0 }), 'tiers[0].enter'],
  ['null', () => null, ''],
  ['a list', () => [], ''],
])('a document with %s is refused', (_, change, path) => {
  const parsed = parsePolicyDocument({ format: 1, document: canonicalJson(change(defaultPolicy())) });
  expect(parsed.ok ? [] : parsed.problems.map((problem) => problem.path)).toContain(path);
});

test('a document that is no JSON, or not canonical, is refused', () => {
  for (const document of ['{', JSON.stringify(defaultPolicy(), null, 1)]) {
    expect(parsePolicyDocument({ format: 1, document }).ok).toBe(false);
  }
});

function withFirstTier(policy: Policy, tier: Policy['tiers']['tiers'][number]): Policy {
  return { ...policy, tiers: { ...policy.tiers, tiers: [tier, ...policy.tiers.tiers.slice(1)] } };
}

test.each<[string, (policy: Policy) => unknown]>([
  ['tiers', (p) => ({ ...p, tiers: { ...p.tiers, tiers: many((i) => ({ name: `t${i}` })) } })],
  ['weights', (p) => ({ ...p, behaviour: { ...p.behaviour, weights: namedMany('order.x') } })],
  ['fields', (p) => ({ ...p, ...namedMany('field') })],
  [
    'values of a view, beside as many spend bands',
    (p) => ({
      ...p,
      rfm: { ...p.rfm, spendBandsMinor: many((i) => i) },
      tiers: { ...p.tiers, points: { 'rfm.spend': namedMany('x') } },
    }),
  ],
])('thousands of %s are refused without comparing each with each', (_, change) => {
  const parsed = parsePolicyDocument({ format: 1, document: canonicalJson(change(defaultPolicy())) });
  expect(parsed.ok).toBe(false);
});

test('a policy with as many weights as there may be is read, one with more is not', () => {
  const weighted = (count: number) => {
    const weights = Object.fromEntries(Array.from({ length: count }, (_, i) => [`interaction.a${i}`, 1]));
    return parsePolicyDocument(
      policyDocument({ ...defaultPolicy(), behaviour: { ...defaultPolicy().behaviour, weights } }),
    );
  };
  expect(weighted(1_000).ok).toBe(true);
  expect(weighted(1_001)).toMatchObject({ ok: false, problems: [{ path: 'behaviour.weights' }] });
});

function many<Item>(make: (index: number) => Item): Item[] {
  return Array.from({ length: 15_000 }, (_, i) => make(i));
}

function namedMany(prefix: string): Record<string, number> {
  return Object.fromEntries(many((i) => [`${prefix}${i}`, 1] as const));
}
