import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DEFAULT_POLICY_FILE, defaultPolicy } from './default-policy.ts';
import { parsePolicyFile } from './parse-policy-file.ts';
import { parsePolicyDocument, policyDocument } from './policy-document.ts';

const DEFAULT = readFileSync(DEFAULT_POLICY_FILE, 'utf8');
const SILVER = '{ name: silver, enter: 30, leave: 22 }';

/** The default policy with words added to silver, and to the whole. */
function parse(silver: string, whole = ''): ReturnType<typeof parsePolicyFile> {
  expect(DEFAULT).toContain(SILVER);
  const tier = silver === '' ? SILVER : SILVER.replace(' }', `, ${silver} }`);
  return parsePolicyFile(Buffer.from(`${DEFAULT.replace(SILVER, tier)}\n${whole}\n`));
}

function problemsOf(parsed: ReturnType<typeof parsePolicyFile>): string[] {
  return parsed.ok ? [] : parsed.problems.map(({ path, expected }) => `${path}: expected ${expected}`);
}

test.each([
  ['label: Silber', { label: { und: 'Silber' } }],
  [
    'label: { de: Silber, zh-Hant-TW: 銀, und: Silver }',
    { label: { de: 'Silber', 'zh-Hant-TW': '銀', und: 'Silver' } },
  ],
  ['benefits: [free_shipping, "Early access"]', { benefits: ['free_shipping', 'Early access'] }],
  ['strategy: "Write by hand, twice a year."', { strategy: 'Write by hand, twice a year.' }],
])('a tier may say %s, and the document says it again', (text, words) => {
  const parsed = parse(text);
  expect(parsed).toMatchObject({ ok: true, warnings: [] });
  if (!parsed.ok) return;
  expect(parsed.policy.tiers.tiers[1]).toMatchObject(words);
  expect(parsePolicyDocument(policyDocument(parsed.policy))).toEqual({ ok: true, policy: parsed.policy, warnings: [] });
});

test.each([
  ['review: 2027-01-31', { review: '2027-01-31' }],
  ['utc_offset: +08:00', { utcOffsetMinutes: 480 }],
  ['utc_offset: "-03:30"', { utcOffsetMinutes: -210 }],
  ['utc_offset: "-12:00"', { utcOffsetMinutes: -720 }],
  ['utc_offset: +14:00', { utcOffsetMinutes: 840 }],
  ['utc_offset: -00:00', { utcOffsetMinutes: 0 }],
])('a policy may say %s, and the document says it again', (text, words) => {
  const parsed = parse('', text);
  expect(parsed).toMatchObject({ ok: true, policy: words, warnings: [] });
  if (!parsed.ok) return;
  expect(parsePolicyDocument(policyDocument(parsed.policy))).toEqual({ ok: true, policy: parsed.policy, warnings: [] });
});

test('a policy that says nothing of them has the document that it had', () => {
  const { format, hash, document } = policyDocument(defaultPolicy());
  expect(format).toBe(1);
  expect(document).not.toMatch(/label|benefits|strategy|review|utcOffset/);
  expect(hash).toBe('3544c4d27c5ac87cf43d9b8ae7b47522cf96884e4eb47c35058a7d8f0472c04d');
});

test.each([
  ['label: ""', 'tiers[1].label: expected a text of 1 to 64 characters, or a mapping'],
  ['label: "half \\ud83d"', 'tiers[1].label: expected a text of 1 to 64 characters, or a mapping'],
  ['benefits: ["\\udc00"]', 'tiers[1].benefits[0]: expected a name of 1 to 64 characters'],
  ['strategy: "\\ud83d."', 'tiers[1].strategy: expected a text of 1 to 200 characters'],
  ['label: {}', 'tiers[1].label: expected a text of 1 to 64 characters, or a mapping'],
  ['label: { German: Silber }', 'tiers[1].label: expected a text of 1 to 64 characters, or a mapping'],
  ['label: { ZH: 銀 }', 'tiers[1].label: expected a text of 1 to 64 characters, or a mapping'],
  [
    `label: { ${Array.from({ length: 21 }, (_, i) => `a${String.fromCharCode(97 + i)}: x`).join(', ')} }`,
    'of at most 20',
  ],
  ['benefits: []', 'tiers[1].benefits: expected at least one name'],
  ['benefits: lounge', 'tiers[1].benefits: expected a list of names'],
  ['benefits: [lounge, lounge]', 'tiers[1].benefits[1]: expected each benefit once'],
  [`benefits: [${Array.from({ length: 51 }, (_, i) => `b${i}`).join(', ')}]`, 'a list of at most 50 names'],
  ['benefits: ["a\\tb"]', 'tiers[1].benefits[0]: expected a name of 1 to 64 characters'],
  [`strategy: ${'x'.repeat(201)}`, 'tiers[1].strategy: expected a text of 1 to 200 characters'],
])('a tier that says %s is refused, with its place', (text, problem) => {
  expect(problemsOf(parse(text))).toEqual([expect.stringContaining(problem)]);
});

test.each(['review: 2027-02-30', 'review: soon'])('%s is no day', (text) => {
  expect(problemsOf(parse('', text))).toEqual([expect.stringMatching(/^review: expected a date/)]);
});

test.each(['+08:10', '+14:15', '-12:15', '8', 'Asia/Shanghai'])('an offset of %s is refused', (text) => {
  expect(problemsOf(parse('', `utc_offset: "${text}"`))).toEqual([
    expect.stringMatching(/^utc_offset: expected an offset from UTC in quarters of an hour, such as \+08:00/),
  ]);
});
