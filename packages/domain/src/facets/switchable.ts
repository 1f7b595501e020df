import type { Policy } from '../policy.ts';
import type { TimeMs } from '../time.ts';
import type { ExplainedScore } from './explained-score.ts';
import { Rejection, type View } from './score.ts';

/** What a facet takes of a policy that may be silent about it. */
export interface Switched<Parameters> {
  /** The policy has its section. */
  readonly isOn: boolean;
  /** Of the section, or of its defaults; null where some field has none, so that there is nothing to fold by. */
  readonly own: Parameters | null;
}

/**
 * A facet that policies switch on, by its section. Until then it says nothing: where its service runs, it folds by the
 * section's defaults and its view is null. At the policy that switches it on every view is told, from null; so it is the
 * same whenever the service was started. Without defaults it begins with that policy.
 */
export function switchable<State, Parameters, V extends View>(
  score: ExplainedScore<State, Parameters, V>,
  isOn: (policy: Policy) => boolean,
  ownOf: (policy: Policy) => Parameters | null,
  exactNames: readonly string[],
): ExplainedScore<State, Switched<Parameters>, V> {
  const { name, version, eventTypes, initial, nextExpiryAt, expire, adopt } = score;
  const unknown = Object.fromEntries(exactNames.map((value) => [value, null]));
  return {
    name,
    version,
    eventTypes,
    initial,
    parametersOf: (policy) => ({ isOn: isOn(policy), own: ownOf(policy) }),
    evolve(state, event, at, { isOn: tells, own }, origin) {
      if (own === null) return state;
      const evolved = score.evolve(state, event, at, own, origin);
      return evolved instanceof Rejection && !tells ? state : evolved;
    },
    view: (state, at, parameters) => ifOn(parameters, (own) => score.view(state, at, own)),
    nextDueAt: (state, at, parameters) => ifOn(parameters, (own) => score.nextDueAt(state, at, own)),
    ...(nextExpiryAt === undefined
      ? {}
      : {
          nextExpiryAt: (state: State, at: TimeMs, parameters: Switched<Parameters>) =>
            ifOn(parameters, (own) => nextExpiryAt(state, at, own)),
        }),
    ...(expire === undefined
      ? {}
      : {
          expire: (state: State, at: TimeMs, parameters: Switched<Parameters>) =>
            ifOn(parameters, (own) => expire(state, at, own)),
        }),
    ...(adopt === undefined
      ? {}
      : {
          adopt: (state: State, at: TimeMs, before: Switched<Parameters>, after: Switched<Parameters>) =>
            before.own === null || after.own === null ? state : adopt(state, at, before.own, after.own),
        }),
    exact: (state, at, parameters) => ifOn(parameters, (own) => score.exact(state, at, own)) ?? unknown,
    measures: (state, at, parameters) => ifOn(parameters, (own) => score.measures(state, at, own)) ?? [],
  };
}

function ifOn<Parameters, Result>(
  { isOn, own }: Switched<Parameters>,
  read: (own: Parameters) => Result | null,
): Result | null {
  return isOn && own !== null ? read(own) : null;
}
