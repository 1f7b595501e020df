import { type Policy, sectionOf } from '@tidemark/domain';
import { policySections } from './policy-sections.ts';
import type { ValueProblem } from './problem.ts';
import { at, wrong } from './values-of-file.ts';

/** What a valid policy says and hardly means. It takes effect all the same. */
export function findWarnings(file: unknown, policy: Policy): ValueProblem[] {
  return policySections.flatMap(({ name, section }) => {
    const values = sectionOf(policy, name);
    const found = values === undefined ? [] : (section.warnings?.(values) ?? []);
    return found.map(({ path, expected }) => wrong([name, ...path], expected, at(file, [name, ...path])));
  });
}
