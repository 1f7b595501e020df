import { ContractError } from '@tidemark/contracts';
import type { Policy } from '@tidemark/domain';
import { expect, test } from 'vitest';
import { defaultPolicy } from '../default-policy.ts';
import { canonicalJson, policyDocument } from '../policy-document.ts';
import { FORMAT_NEWEST, lift, lowestFormat } from './formats.ts';
import { readPolicy } from './read-policy.ts';

const POLICY = defaultPolicy();

test('a policy of format 1 says in format 2 what it said', () => {
  const { format, document } = policyDocument(POLICY);
  expect(format).toBe(1);
  expect(lift(1, JSON.parse(document))).toEqual(POLICY);
  expect(readPolicy(1, document)).toEqual(readPolicy(2, document));
});

test.each<[string, Partial<Policy>]>([
  ['a day of review', { review: '2027-01-31' }],
  ['an offset', { utcOffsetMinutes: 480 }],
  ['a label', withTier({ label: { und: 'Silver' } })],
  ['benefits', withTier({ benefits: ['lounge'] })],
  ['a section of a facet that is not always on', { visits: { windowDays: 30, bands: { some: 5, many: 20 } } }],
  ['a strategy', withTier({ strategy: 'Write by hand.' })],
])('%s needs format 2, and comes back as it was', (_what, changes) => {
  const policy = { ...POLICY, ...changes };
  expect(lowestFormat(policy)).toBe(2);
  const { format, document } = policyDocument(policy);
  expect(format).toBe(2);
  expect(readPolicy(format, document)).toEqual(policy);
});

test('what was valid when it was applied is read, though it would not be applied today', () => {
  const policy = { ...POLICY, behaviour: { ...POLICY.behaviour, halfLifeDays: 1e9 } };
  expect(readPolicy(1, canonicalJson(policy))).toEqual(policy);
});

test.each<[string, number, string, RegExp]>([
  [
    'a later format',
    FORMAT_NEWEST + 1,
    canonicalJson(POLICY),
    /format 1 to 2, found format 3: a newer build wrote it. Upgrade/,
  ],
  ['a format that is none', 1.5, canonicalJson(POLICY), /format 1 to 2, found format 1.5/],
  [
    'a section of a later facet',
    1,
    canonicalJson({ ...POLICY, laterFacet: {} }),
    /found one of laterFacet: a newer build/,
  ],
  [
    'a part with any name',
    2,
    canonicalJson({ ...POLICY, 'a@b.c': 1 }),
    /found one of a name that no facet has: a newer/,
  ],
  [
    'a later version of a section',
    1,
    canonicalJson({ ...POLICY, rfm: { ...POLICY.rfm, version: 2 } }),
    /version 1 of the section rfm, found version 2: a newer build wrote it. Upgrade/,
  ],
  [
    'a missing section',
    1,
    canonicalJson({ ...POLICY, churn: undefined }),
    /with churn, found one without: the record is damaged/,
  ],
  ['a missing part', 2, canonicalJson({ ...POLICY, tiers: undefined }), /with tiers, found one without/],
  ['text that is no JSON', 1, '{', /a JSON object, found other text: the record is damaged/],
  ['JSON that is no object', 1, '[]', /a JSON object, found other text/],
])('%s is never guessed at: it is unreadable, and says why', (_what, format, document, says) => {
  let error: unknown;
  try {
    readPolicy(format, document);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(ContractError);
  expect(error).toMatchObject({ code: 'policy-unreadable', message: expect.stringMatching(says) });
});

function withTier(words: object): Pick<Policy, 'tiers'> {
  const { tiers } = POLICY.tiers;
  return { tiers: { ...POLICY.tiers, tiers: tiers.map((rule, i) => (i === 1 ? { ...rule, ...words } : rule)) } };
}
