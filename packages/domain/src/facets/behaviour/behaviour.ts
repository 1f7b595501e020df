import type { OrderStatus, TimelineEvent } from '../../events.ts';
import { purchaseOf, type ToldOrders, tell } from '../../orders/told-orders.ts';
import type { CommonPolicy } from '../../policy.ts';
import { DAY_MS, TIME_MS_MAX, type TimeMs } from '../../time.ts';
import { banded } from '../banded.ts';
import { facet } from '../facet.ts';
import { ranked } from '../view-field.ts';
import { behaviourBatch } from './batch.ts';
import { type BehaviourPolicy, behaviourPolicy } from './policy.ts';

/**
 * The score as it stood, or will stand, at the newest event's time or at that of a new half-life; and the orders that
 * counted. It is 0 only while no event had a weight. Functions read it by position: to take it apart costs a
 * third of the fold.
 */
export type BehaviourState = readonly [score: number, scoredAt: TimeMs, orders: ToldOrders];

export interface BehaviourParameters {
  /** Time in which a score falls to 1/e of itself, ms: half-life / ln 2. */
  readonly decayMs: number;
  readonly weights: EventWeights;
  /** How long an order is remembered. */
  readonly historyMs: number;
  /** Lower bounds of all bands but silence, ascending. */
  readonly cuts: readonly number[];
}

/** Weights above 0 by action, kind and status: a look-up per event, without building a key. */
export interface EventWeights {
  readonly interaction: ReadonlyMap<string, number>;
  readonly marketing: ReadonlyMap<string, number>;
  readonly order: ReadonlyMap<string, number>;
}

/**
 * How active a customer is: the sum over their events of weight * 2^(-age / half-life), and the band it lies in. Silent
 * is a band; a customer of whom no event had a weight has no view.
 *
 * An event without a weight leaves the very same state. Late events count as if they had come in time: the sum does not
 * depend on the order of arrival beyond 1e-12 of itself (rounding, so not bitwise). Until the newest event's time, which
 * may lie a little in the future, the score stands as it will then, so it never rises by itself.
 *
 * An order event counts once, however often and under whichever eventId it is sent, and not at all where it is older than
 * the history. `placed` and `paid` are one purchase: the first to come that has a weight counts, at its time. `updated`
 * and `credited` never do. See `tell` for what is remembered. Of other events no id is: duplicates are unify's to drop.
 *
 * A new half-life does not act backwards: the score is taken at the policy's time by the old one and decays by the new.
 * Events that come later count wholly by the policy then in force, whatever their age.
 *
 * Cost: an event, one exponential; `nextDueAt`, one logarithm and about five exponentials.
 */
export const behaviour = facet({
  name: 'behaviour',
  version: 2,
  firstVersion: 2,
  always: true,
  eventTypes: ['interaction', 'marketing', 'order'],
  policy: behaviourPolicy,
  parametersOf,
  initial: [0, 0 as TimeMs, ''] as BehaviourState,
  evolve,
  adopt,
  ...banded({
    view: {
      band: ranked(['silent', 'cool', 'warm', 'hot'], { label: 'behaviour', verbs: ['cooled', 'warmed up'] }),
    },
    exact: { score: 'points' },
    cuts: ({ cuts }: BehaviourParameters) => cuts,
    valueAt: (state: BehaviourState, at, parameters) => (state[0] === 0 ? null : scoreAt(state, at, parameters)),
    nextCrossing,
  }),
  exactAt: (state, at, parameters) => ({ score: scoreAt(state, at, parameters) }),
  batch: behaviourBatch,
  rounds: 1e-12,
});

function parametersOf(
  { halfLifeDays, weights, bands }: BehaviourPolicy,
  { orders }: CommonPolicy,
): BehaviourParameters {
  return {
    decayMs: (halfLifeDays * DAY_MS) / Math.LN2,
    historyMs: Math.round(orders.historyDays * DAY_MS),
    weights: {
      interaction: weightsUnder('interaction.', weights),
      marketing: weightsUnder('marketing.', weights),
      order: weightsUnder('order.', weights, NEVER_WEIGHED),
    },
    cuts: [bands.cool, bands.warm, bands.hot],
  };
}

function evolve(
  state: BehaviourState,
  event: TimelineEvent,
  at: TimeMs,
  parameters: BehaviourParameters,
): BehaviourState {
  const weight = weightOf(event, parameters.weights);
  if (weight === undefined) return state;
  const { occurredAt } = event.data;
  let orders = state[2];
  if (event.type === 'order') {
    const told = tell(orders, purchaseOf(event.data), occurredAt, at, parameters.historyMs);
    if (told === null) return state;
    orders = told;
  }
  const score = state[0];
  const scoredAt = state[1];
  if (score === 0) return [weight, occurredAt, orders];
  if (occurredAt > scoredAt) return [sumOf(scoreAt(state, occurredAt, parameters), weight), occurredAt, orders];
  return [sumOf(score, weight * remaining(scoredAt - occurredAt, parameters)), scoredAt, orders];
}

function adopt(
  state: BehaviourState,
  at: TimeMs,
  before: BehaviourParameters,
  after: BehaviourParameters,
): BehaviourState {
  if (state[0] === 0 || before.decayMs === after.decayMs || state[1] >= at) return state;
  // A score that underflows was one all the same.
  return [Math.max(Number.MIN_VALUE, scoreAt(state, at, before)), at, state[2]];
}

/** The time at which score * exp(-(t - scoredAt) / decayMs) is the bound; a band that outlasts all dates never changes. */
function nextCrossing(
  state: BehaviourState,
  _at: TimeMs,
  { decayMs }: BehaviourParameters,
  bound: number,
): number | null {
  const crossing = state[1] + decayMs * (Math.log(state[0]) - Math.log(bound));
  return crossing > TIME_MS_MAX ? null : crossing;
}

/** Of an order's life these say nothing new of what the customer did. */
const NEVER_WEIGHED: readonly string[] = ['updated', 'credited'] satisfies readonly OrderStatus[];

/** The score at `at`; at least 0, and 0 after a silence so long that it underflows. */
function scoreAt(state: BehaviourState, at: number, parameters: BehaviourParameters): number {
  return at <= state[1] ? state[0] : state[0] * remaining(at - state[1], parameters);
}

/** The part of a weight that is left at an age, from 1 down to 0: 2^(-age / half-life). */
function remaining(ageMs: number, parameters: BehaviourParameters): number {
  return Math.exp(-ageMs / parameters.decayMs);
}

/** Finite whatever the weights, so that the state stays JSON. */
function sumOf(a: number, b: number): number {
  return Math.min(Number.MAX_VALUE, a + b);
}

function weightOf(event: TimelineEvent, weights: EventWeights): number | undefined {
  switch (event.type) {
    case 'interaction':
      return weights.interaction.get(event.data.action);
    case 'marketing':
      return weights.marketing.get(event.data.kind);
    case 'order':
      return weights.order.get(event.data.status);
    case 'identity':
      return undefined;
  }
}

function weightsUnder(
  prefix: string,
  weights: Readonly<Record<string, number>>,
  never: readonly string[] = [],
): ReadonlyMap<string, number> {
  const named = Object.entries(weights).filter(([key, weight]) => key.startsWith(prefix) && weight > 0);
  const byName = named.map(([key, weight]) => [key.slice(prefix.length), weight] as const);
  return new Map(byName.filter(([name]) => !never.includes(name)));
}
