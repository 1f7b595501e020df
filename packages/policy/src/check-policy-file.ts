import type { Policy } from '@tidemark/domain';
import { z } from 'zod';
import { findRuleProblems } from './file-rules.ts';
import { policyFileSchema } from './file-schema.ts';
import { findWarnings } from './file-warnings.ts';
import { toPolicy } from './policy-units.ts';
import { describe, oneOf, type ValueProblem } from './problem.ts';

export type CheckedPolicy =
  | { readonly policy: Policy; readonly warnings: readonly ValueProblem[] }
  | { readonly problems: readonly ValueProblem[] };

/** The policy that the content of a file says, or all that is wrong with it. The one place where policies are checked. */
export function checkPolicyFile(content: unknown): CheckedPolicy {
  const checked = policyFileSchema.safeParse(content, { reportInput: true });
  const shapeProblems = checked.success ? [] : checked.error.issues.flatMap(toProblems);
  const problems = withoutRepeats([...shapeProblems, ...findRuleProblems(content)]);
  if (!checked.success || problems.length > 0) return { problems };
  const policy = toPolicy(checked.data);
  return { policy, warnings: findWarnings(checked.data, policy) };
}

function toProblems(issue: z.core.$ZodIssue): ValueProblem[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(path);
    return issue.keys.map((key) => ({
      path: [...path, key],
      at: 'key',
      expected: oneOf(known, key),
      found: describe(key),
    }));
  }
  return [{ path, at: 'value', expected: issue.message + hintFor(issue), found: describe(issue.input) }];
}

/** How text came to stand where something else should. */
function hintFor(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_type' || typeof issue.input !== 'string') return '';
  if (issue.expected === 'number' && STARTS_LIKE_A_NUMBER.test(issue.input)) {
    return ', in digits with a decimal point: no comma, unit or quotes';
  }
  return issue.expected !== 'number' && COLON_WITHOUT_SPACE.test(issue.input) ? ', with a space after each colon' : '';
}

const STARTS_LIKE_A_NUMBER = /^[-+.]?\p{Nd}/u;
const COLON_WITHOUT_SPACE = /:\S/;

/** The names that the schema has at a path. */
function knownKeys(path: readonly (string | number)[]): string[] {
  let schema: unknown = policyFileSchema;
  for (const step of path) {
    if (typeof step === 'number') schema = (schema as { element: unknown }).element;
    else schema = (schema as { shape: Record<string, unknown> }).shape[step];
    if (schema instanceof z.ZodOptional) schema = schema.unwrap();
  }
  return Object.keys((schema as { shape: object }).shape);
}

/** A value that is wrong on its own may break a rule, too: the first problem at a place is the one to read. */
function withoutRepeats(problems: readonly ValueProblem[]): ValueProblem[] {
  const seen = new Set<string>();
  return problems.filter(({ path }) => {
    const place = JSON.stringify(path);
    if (seen.has(place)) return false;
    seen.add(place);
    return true;
  });
}
