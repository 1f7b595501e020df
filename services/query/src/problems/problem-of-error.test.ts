import { QueryError } from '@tidemark/reading';
import { expect, test } from 'vitest';
import { isInternal, problemOfError } from './problem-of-error.ts';

test('a policy of a newer build is said, with what to do; damage says nothing but an id', () => {
  const newer =
    'tier, lane 3: expected a policy of format 1 to 2, found format 3: a newer build wrote it. Upgrade this one.';
  const problem = problemOfError(new QueryError('policy-unreadable', newer));
  expect([problem.kind, problem.status, isInternal(problem)]).toEqual(['unavailable', 503, false]);
  expect(JSON.parse(problem.toText())).toMatchObject({ detail: `T${newer.slice(1)}` });
  const damaged = problemOfError(new QueryError('state-damaged', 'expected the state of a customer'));
  expect([damaged.kind, isInternal(damaged)]).toEqual(['internal-error', true]);
  expect(damaged.toText()).not.toContain('customer');
});
