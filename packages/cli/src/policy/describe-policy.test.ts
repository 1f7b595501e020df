import { defaultPolicy } from '@tidemark/policy';
import { expect, test } from 'vitest';
import { describePolicy } from './describe-policy.ts';

test('the base tier has no thresholds; the others say theirs', () => {
  const policy = defaultPolicy();
  const lines = describePolicy('mine.yaml', policy, '0123456789abcdef');
  expect(lines[0]).toBe('mine.yaml is a valid policy: default (0123456789ab)');
  expect(lines.join('\n')).not.toContain('9007199254740991');
  for (const { name, enter, leave } of policy.tiers.tiers.slice(1)) {
    expect(
      lines.some((line) => line.includes(name) && line.includes(`from ${enter} points, lost below ${leave}`)),
    ).toBe(true);
  }
});

test('what it says to people stands at the end, and nothing where it says nothing', () => {
  const policy = defaultPolicy();
  const plain = describePolicy('mine.yaml', policy, 'hash');
  const tiers = policy.tiers.tiers.map((rule) =>
    rule.name === 'gold'
      ? { ...rule, label: { und: 'Gold', zh: '金' }, benefits: ['lounge', 'post'], strategy: 'Write by hand.' }
      : rule,
  );
  const said = { ...policy, review: '2027-01-31', utcOffsetMinutes: -210, tiers: { ...policy.tiers, tiers } };
  const lines = describePolicy('mine.yaml', said, 'hash');
  expect(lines.slice(0, plain.length)).toEqual(plain);
  expect(lines.slice(plain.length).map((line) => line.trim().replaceAll(/ +/g, ' '))).toEqual([
    'Called, giving, treated:',
    'gold Gold, 金 (zh) lounge, post Write by hand.',
    'To be looked at again on 2027-01-31.',
    'Its clocks are at -03:30.',
  ]);
});
