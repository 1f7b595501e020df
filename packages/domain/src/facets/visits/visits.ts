import type { TimelineEvent } from '../../events.ts';
import { DAY_MS, TIME_MS_MAX, type TimeMs } from '../../time.ts';
import { banded } from '../banded.ts';
import { facet } from '../facet.ts';
import { ranked } from '../view-field.ts';
import { visitsBatch } from './batch.ts';
import { VISITS_MAX, type VisitsPolicy, visitsPolicy } from './policy.ts';

/** When the visits were, ascending: those in the window, and the newest, which tells nobody from somebody who was here once. */
export type VisitsState = readonly TimeMs[];

export interface VisitsParameters {
  readonly windowMs: number;
  /** Lower bounds of all bands but none, ascending. */
  readonly cuts: readonly number[];
}

/**
 * How often a customer came lately: the interactions of a sliding window, and the band that their number lies in. Each
 * interaction is a visit. None is a band; a customer who never came has no view.
 *
 * A visit counts from its time on, also where it comes late, until a window later to the millisecond; one that lies a
 * little in the future counts at once, so the number never rises by itself. Of more than 1,000 the newest count. What has
 * left the window is forgotten: under a longer window the number grows into it.
 *
 * Cost: an event, a search in the visits kept and a copy of them.
 */
export const visits = facet({
  name: 'visits',
  version: 1,
  eventTypes: ['interaction'],
  policy: visitsPolicy,
  parametersOf,
  initial: [] as VisitsState,
  evolve,
  adopt: (state: VisitsState, at, before: VisitsParameters) => kept(state, at, before),
  ...banded({
    view: { band: ranked(['none', 'few', 'some', 'many'], { label: 'visits' }) },
    exact: { visits: 'visits' },
    cuts: ({ cuts }: VisitsParameters) => cuts,
    valueAt: (state: VisitsState, at, parameters) =>
      state.length === 0 ? null : state.length - firstIn(state, at, parameters),
    nextCrossing,
  }),
  batch: visitsBatch,
});

function parametersOf({ windowDays, bands }: VisitsPolicy): VisitsParameters {
  return { windowMs: Math.round(windowDays * DAY_MS), cuts: [1, bands.some, bands.many] };
}

function evolve(state: VisitsState, event: TimelineEvent, at: TimeMs, parameters: VisitsParameters): VisitsState {
  if (event.type !== 'interaction') return state;
  const { occurredAt } = event.data;
  const place = state.findLastIndex((time) => time <= occurredAt) + 1;
  return kept(state.toSpliced(place, 0, occurredAt), at, parameters);
}

function kept(state: VisitsState, at: TimeMs, parameters: VisitsParameters): VisitsState {
  const from = Math.max(Math.min(firstIn(state, at, parameters), state.length - 1), state.length - VISITS_MAX);
  return from > 0 ? state.slice(from) : state;
}

/** The cut is no longer reached when the visit leaves that is as many from the end. */
function nextCrossing(state: VisitsState, _at: TimeMs, { windowMs }: VisitsParameters, cut: number): number | null {
  const leaves = (state[state.length - Math.ceil(cut)] ?? TIME_MS_MAX) + windowMs;
  return leaves > TIME_MS_MAX ? null : leaves;
}

/** The index of the first visit in the window, by bisection. */
function firstIn(state: VisitsState, at: number, { windowMs }: VisitsParameters): number {
  let low = 0;
  let high = state.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((state[middle] as TimeMs) > at - windowMs) high = middle;
    else low = middle + 1;
  }
  return low;
}
