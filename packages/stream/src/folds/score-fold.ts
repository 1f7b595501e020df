import { Rejection, type Score, stateOf, type TimelineEventType, type View } from '@tidemark/domain';
import type { Topic } from '../ports/event-log.ts';
import type { Cause, Encoded, FoldDeadLetter, LaneFold, OutputIdentity, StepCause } from './lane-fold.ts';

/** A score's facet: its state, and the view that was last published. */
export interface ScoreFacet<State, V extends View> {
  readonly state: State;
  readonly view: V | null;
}

/** A changed view, before it has an identity. */
export interface ViewChange<V extends View> {
  readonly from: V | null;
  readonly to: V | null;
  readonly cause: Cause;
}

/** How a score's outputs are written; given by the wiring. Without a change topic no change is published. */
export interface ScoreEncoding<V extends View> {
  readonly changeTopic: Topic | null;
  change(change: ViewChange<V>, identity: OutputIdentity): Encoded;
  progress(timelineOffset: number, number: number): Encoded;
  deadLetter(letter: FoldDeadLetter): Encoded;
}

/** Makes of a score what the lane loop runs: a view that differs after a step is a change. */
export function scoreFold<State, Parameters, V extends View>(
  score: Score<State, Parameters, V>,
  encoding: ScoreEncoding<V>,
): LaneFold<ScoreFacet<State, V>, Parameters, ViewChange<V>> {
  const types: ReadonlySet<string> = new Set<TimelineEventType>(score.eventTypes);
  return {
    service: score.name,
    version: score.version,
    changeTopic: encoding.changeTopic,
    tellsProgress: encoding.changeTopic !== null,
    recordPhase: 1,
    rulesOf: ({ policy }) => score.parametersOf(policy),
    wants: (record) => types.has(record.type),
    step(facet, cause, at, parameters) {
      const before = facet?.state ?? score.initial;
      const { originText } = cause.record;
      const state =
        cause.event === null ? before : stateOf(score.evolve(before, cause.event, at, parameters, originText));
      if (state instanceof Rejection) return state;
      // Known customers are looked at anew even so: a step that was poison may have taken the timer with it.
      if (facet === undefined && state === before) return { facet, due: null, change: null };
      const from = facet?.view ?? null;
      const to = score.view(state, at, parameters);
      const due = score.nextDueAt(state, at, parameters);
      if (viewsEqual(from, to)) {
        return { facet: state === facet?.state ? facet : { state, view: from }, due, change: null };
      }
      const change = encoding.changeTopic === null ? null : { from, to, cause: causeOf(cause) };
      return { facet: { state, view: to }, due, change };
    },
    labelOf: () => null,
    encode: encoding.change,
    encodeProgress: encoding.progress,
    encodeDeadLetter: encoding.deadLetter,
  };
}

/** Why a step's change happened; a policy or an event explains more than the time that passed. */
function causeOf({ event, policyChanged, record }: StepCause): Cause {
  if (policyChanged) return { kind: 'policy', origin: record.originText, eventId: null };
  if (event !== null) return { kind: 'event', origin: record.originText, eventId: record.eventId };
  return { kind: 'silence', origin: null, eventId: null };
}

export function viewsEqual(a: View | null, b: View | null): boolean {
  if (a === null || b === null) return a === b;
  for (const name in a) if (a[name] !== b[name]) return false;
  return true;
}
