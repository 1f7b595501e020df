/**
 * The churn score: the risk that a customer orders nothing more within the horizon, and whether they are late by their own
 * pace. Both grow with silence alone, so every change that needs no event has one moment, known in advance.
 */
import type { TimelineEvent } from '../../events.ts';
import { applyOrder, emptyLedger, type LedgerRules, ledgerRulesOf, type OrderLedger } from '../../orders/ledger.ts';
import type { CommonPolicy } from '../../policy.ts';
import { DAY_MS, HOUR_MS, type TimeMs } from '../../time.ts';
import { facet } from '../facet.ts';
import { Rejection } from '../score.ts';
import { named, ranked, type ViewOf } from '../view-field.ts';
import { churnBatch } from './batch.ts';
import { type ChurnModel, churnRisk, type Occasions, probabilityAlive, riskReachesAt } from './mbg-nbd.ts';
import { churnMeasures } from './measures.ts';
import { type OccasionsSoFar, occasionsIn, withOrders } from './occasions.ts';
import { type ChurnPolicy, churnPolicy } from './policy.ts';

/** The ledger has the orders that events can still change. */
export interface ChurnState extends OrderLedger {
  /** Occasions of orders that have left the ledger; absent while there are none. */
  readonly settled?: OccasionsSoFar;
}

/** What the score takes of a policy, in the units it computes with. */
export interface ChurnParametersInForce {
  readonly model: ChurnModel;
  /** Risk at or above which the band begins. */
  readonly mediumRisk: number;
  readonly highRisk: number;
  readonly overdueIntervals: number;
  /** Those of rfm, so both refuse the same events. */
  readonly ledger: LedgerRules;
  /** An occasion ends when more than this passes without a standing order. */
  readonly occasionGapMs: number;
}

const churnView = {
  /** Band of P(no order in the horizon). */
  risk: ranked(['low', 'medium', 'high'], {
    label: 'churn risk',
    column: 'churn_risk_band',
    summary: {
      name: 'churnBands',
      heading: ({ horizonDays }: ChurnPolicy) => `By churn risk (no order in the next ${horizonDays} days)`,
    },
  }),
  /** Silence against the customer's own mean interval between occasions; unknown while they have one occasion. */
  pace: named(['unknown', 'on_time', 'overdue'], { label: 'buying pace' }),
} as const;
export type ChurnView = ViewOf<typeof churnView>;

/**
 * Events that the ledger refuses, and those that wait for an order in vain, leave the view as it is: rfm, with the same
 * ledger, reports them. The view is null while no order stands.
 *
 * The fold gives the same view as a batch over all orders for every order of arrival, with these exceptions: those of
 * the ledger; and an order that is settled out of turn (a policy made the history longer) between the first and last settled orders, which is taken as part of an occasion counted already.
 */
export const churn = facet({
  name: 'churn',
  version: 2,
  firstVersion: 2,
  always: true,
  eventTypes: ['order'],
  view: churnView,
  exact: {
    churnRisk: { unit: 'probability', column: 'churn_risk' },
    pAlive: 'probability',
    repeatOccasions: 'occasions',
    silenceDays: 'days',
    purchaseIntervalDays: 'days',
    overdueDays: 'days',
  },
  policy: churnPolicy,
  parametersOf,
  initial: emptyLedger as ChurnState,
  evolve,
  viewAt,
  nextDueAt,
  exactAt,
  measuresAt: churnMeasures,
  batch: (epochs, at) => ({ view: churnBatch(epochs, at, parametersOf) }),
});

function parametersOf(section: ChurnPolicy, common: CommonPolicy): ChurnParametersInForce {
  const { horizonDays, parameters, bands, overdueIntervals, occasionGapHours } = section;
  const { r, alpha, a, b } = parameters;
  return {
    model: { r, alpha, a, b, horizonWeeks: horizonDays / 7 },
    mediumRisk: bands.medium,
    highRisk: bands.high,
    overdueIntervals,
    ledger: ledgerRulesOf(common),
    occasionGapMs: Math.round(occasionGapHours * HOUR_MS),
  };
}

function evolve(state: ChurnState, event: TimelineEvent, at: TimeMs, parameters: ChurnParametersInForce): ChurnState {
  if (event.type !== 'order') return state;
  const applied = applyOrder(state, event.data, at, parameters.ledger);
  if (applied instanceof Rejection) return state;
  if (applied.ledger === state) return state;
  const settled = withOrders(state.settled, applied.settled, parameters.occasionGapMs);
  return settled === undefined ? applied.ledger : { ...applied.ledger, settled };
}

function viewAt(state: ChurnState, at: TimeMs, parameters: ChurnParametersInForce): ChurnView | null {
  const occasions = occasionsOf(state, parameters);
  if (occasions === null) return null;
  const risk = churnRisk(parameters.model, occasions, at);
  return {
    risk: risk >= parameters.highRisk ? 'high' : risk >= parameters.mediumRisk ? 'medium' : 'low',
    pace: occasions.repeats === 0 ? 'unknown' : at >= overdueAt(occasions, parameters) ? 'overdue' : 'on_time',
  };
}

function nextDueAt(state: ChurnState, at: TimeMs, parameters: ChurnParametersInForce): TimeMs | null {
  const occasions = occasionsOf(state, parameters);
  if (occasions === null) return null;
  const riskDueAt = nextBandAt(occasions, at, parameters);
  const paceDueAt = occasions.repeats === 0 ? null : overdueAt(occasions, parameters);
  if (paceDueAt === null || paceDueAt <= at) return riskDueAt;
  return riskDueAt === null || paceDueAt < riskDueAt ? paceDueAt : riskDueAt;
}

/** When the risk reaches the next band after `at`; null if it is in the highest or never does. */
function nextBandAt(occasions: Occasions, at: TimeMs, parameters: ChurnParametersInForce): TimeMs | null {
  const { model, mediumRisk, highRisk } = parameters;
  const risk = churnRisk(model, occasions, at);
  if (risk >= highRisk) return null;
  const dueAt = riskReachesAt(model, occasions, risk >= mediumRisk ? highRisk : mediumRisk);
  return dueAt !== null && dueAt > at ? dueAt : null;
}

/**
 * The first millisecond at which silence is longer than the allowed number of the customer's own mean intervals, t_x / x.
 * Divided last, so that silence of exactly that many intervals is not taken for more by a rounding.
 */
function overdueAt({ firstAt, lastAt, repeats }: Occasions, { overdueIntervals }: ChurnParametersInForce): TimeMs {
  return (lastAt + Math.floor((overdueIntervals * (lastAt - firstAt)) / repeats) + 1) as TimeMs;
}

export type ChurnExact = Readonly<Record<keyof typeof NOTHING_EXACT, number | null>>;

function exactAt(state: ChurnState, at: TimeMs, parameters: ChurnParametersInForce): ChurnExact {
  const occasions = occasionsOf(state, parameters);
  if (occasions === null) return NOTHING_EXACT;
  const silenceDays = Math.max(0, at - occasions.lastAt) / DAY_MS;
  const activeDays = (occasions.lastAt - occasions.firstAt) / DAY_MS;
  const intervalDays = occasions.repeats === 0 ? null : activeDays / occasions.repeats;
  return {
    churnRisk: churnRisk(parameters.model, occasions, at),
    pAlive: probabilityAlive(parameters.model, occasions, at),
    repeatOccasions: occasions.repeats,
    silenceDays,
    purchaseIntervalDays: intervalDays,
    overdueDays: intervalDays === null ? null : Math.max(0, silenceDays - intervalDays),
  };
}

const NOTHING_EXACT = {
  churnRisk: null,
  pAlive: null,
  repeatOccasions: null,
  silenceDays: null,
  purchaseIntervalDays: null,
  overdueDays: null,
};

/** All occasions, settled or not: the same whether or not expired orders have been settled yet. Null if there are none. */
export function occasionsOf(state: ChurnState, { occasionGapMs }: ChurnParametersInForce): Occasions | null {
  return occasionsIn(withOrders(state.settled, state.orders, occasionGapMs));
}
