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
