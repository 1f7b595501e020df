import type { PolicyFile } from './file-schema.ts';
import { describe, type ValueProblem } from './problem.ts';

/** What a valid policy says and hardly means. It takes effect all the same. */
export function findWarnings(file: PolicyFile): ValueProblem[] {
  return fleetingBands(file);
}

/** A score falls from the moment of its event on: one that just reaches a bound is below it a millisecond later. */
function fleetingBands({ behaviour }: PolicyFile): ValueProblem[] {
  return Object.entries(behaviour.bands).flatMap(([band, bound]) => {
    const [event] = Object.entries(behaviour.weights).find(([, weight]) => weight === bound) ?? [];
    if (event === undefined) return [];
    const expected = `a bound below ${bound}, the weight of ${event}, which reaches it for a millisecond alone`;
    return [{ path: ['behaviour', 'bands', band], at: 'value', expected, found: describe(bound) }];
  });
}
