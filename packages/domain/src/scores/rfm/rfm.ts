import {
  applyOrder,
  emptyLedger,
  type OrderLedger,
  type StandingOrder,
  standingOrderOf,
  standingOrders,
} from '../../orders/ledger.ts';
import type { Cuts, Policy } from '../../policy.ts';
import { DAY_MS, type TimeMs } from '../../time.ts';
import type { ExplainedScore } from '../explained-score.ts';
import { Rejection } from '../score.ts';
import { rfmMeasures } from './measures.ts';
import { quintileOf } from './quintile-of.ts';
import { type Quintile, type Segment, segmentOf } from './segments.ts';

export interface RfmState extends OrderLedger {
  /** The newest order that counted and then grew too old for the ledger; absent if there was none. */
  readonly lastSettledAt?: TimeMs;
}

export interface RfmParameters {
  /** An order at time t counts in [t, t + windowMs). Whole ms. */
  readonly windowMs: number;
  readonly recencyDays: Cuts;
  readonly frequencyOrders: Cuts;
  readonly monetaryMinor: Cuts;
  readonly spendBandsMinor: readonly number[];
}

export type RfmView = {
  /** 5: ordered lately. */
  readonly recency: Quintile;
  /** 5: many orders in the window. */
  readonly frequency: Quintile;
  /** 5: much money in the window. */
  readonly monetary: Quintile;
  readonly segment: Segment;
  /** How many of the policy's spend bounds the window's sum has reached. */
  readonly spend: number;
};

/**
 * Recency, frequency and monetary value of a customer's orders, net of refunds and cancellations, in a window that
 * slides with time. The values at t are over the standing orders after t - window: days since the last one (a fraction,
 * at least 0), their number, their sum. A score is 1 + the cuts strictly below the value; recency's is 6 minus that.
 *
 * Once a customer has had an order that stands he keeps a view: with none left in the window all his scores are 1. A
 * customer whose every order was undone has none.
 *
 * What the ledger guarantees of the order of arrival holds here. A customer counts `ORDERS_MAX` orders at most. A policy
 * with a longer window does not bring back orders that an earlier one let go.
 */
export const rfm: ExplainedScore<RfmState, RfmParameters, RfmView> = {
  name: 'rfm',
  version: 1,
  eventTypes: ['order'],
  initial: emptyLedger,

  parametersOf(policy: Policy): RfmParameters {
    const { windowDays, recencyDays, frequencyOrders, monetaryMinor, spendBandsMinor } = policy.rfm;
    const windowMs = Math.round(windowDays * DAY_MS);
    return { windowMs, recencyDays, frequencyOrders, monetaryMinor, spendBandsMinor };
  },

  evolve(state, event, at, parameters) {
    if (event.type !== 'order') return state;
    const applied = applyOrder(state, event.data, at, parameters.windowMs);
    if (applied instanceof Rejection) return applied;
    if (applied.ledger === state) return state;
    let { lastSettledAt } = state;
    for (const entry of applied.settled) {
      if (standingOrderOf(entry) !== null) lastSettledAt = laterOf(lastSettledAt, entry[0]);
    }
    return lastSettledAt === undefined ? applied.ledger : { ...applied.ledger, lastSettledAt };
  },

  view(state, at, parameters) {
    const values = valuesAt(state, at, parameters);
    if (values.lastOrderAt === null) return null;
    const recency = recencyOf(daysBetween(values.lastOrderAt, at), parameters);
    const { frequency, monetary, spend } = amountScoresOf(values.orders, values.sumMinor, parameters);
    return { recency, frequency, monetary, segment: segmentOf(recency, frequency), spend };
  },

  nextDueAt(state, at, parameters) {
    const values = valuesAt(state, at, parameters);
    if (values.lastOrderAt === null) return null;
    const recencyDueAt = nextRecencyCrossing(values.lastOrderAt, at, parameters);
    const expiryDueAt = nextTellingExpiry(values, parameters);
    if (recencyDueAt === null || expiryDueAt === null) return recencyDueAt ?? expiryDueAt;
    return Math.min(recencyDueAt, expiryDueAt) as TimeMs;
  },

  exact(state, at, parameters) {
    const { lastOrderAt, orders, sumMinor } = valuesAt(state, at, parameters);
    const daysSinceLastOrder = lastOrderAt === null ? null : daysBetween(lastOrderAt, at);
    return { daysSinceLastOrder, orders, monetaryMinor: sumMinor };
  },

  measures(state, at, parameters) {
    const view = rfm.view(state, at, parameters);
    return view === null ? [] : rfmMeasures(view, rfm.exact(state, at, parameters), parameters);
  },
};

interface Values {
  /** Of all standing orders, in the window or before it. */
  readonly lastOrderAt: TimeMs | null;
  /** In the window, oldest first. */
  readonly ordersInWindow: readonly StandingOrder[];
  readonly orders: number;
  readonly sumMinor: number;
}

function valuesAt(state: RfmState, at: TimeMs, parameters: RfmParameters): Values {
  const standing = standingOrders(state);
  const newest = standing.at(-1);
  const lastOrderAt = newest === undefined ? (state.lastSettledAt ?? null) : laterOf(state.lastSettledAt, newest.at);
  const windowStart = at - parameters.windowMs;
  const ordersInWindow = standing.filter((order) => order.at > windowStart);
  const sumMinor = ordersInWindow.reduce((sum, order) => sum + order.netMinor, 0);
  return { lastOrderAt, ordersInWindow, orders: ordersInWindow.length, sumMinor };
}

function laterOf(a: TimeMs | undefined, b: TimeMs): TimeMs {
  return a === undefined || b > a ? b : a;
}

/** Days, a fraction; 0 for an order that lies in the future of `at`. */
function daysBetween(orderAt: TimeMs, at: number): number {
  return Math.max(0, at - orderAt) / DAY_MS;
}

const REVERSED: Readonly<Record<Quintile, Quintile>> = { 1: 5, 2: 4, 3: 3, 4: 2, 5: 1 };

function recencyOf(days: number, parameters: RfmParameters): Quintile {
  return REVERSED[quintileOf(days, parameters.recencyDays)];
}

function amountScoresOf(orders: number, sumMinor: number, parameters: RfmParameters) {
  return {
    frequency: quintileOf(orders, parameters.frequencyOrders),
    monetary: quintileOf(sumMinor, parameters.monetaryMinor),
    spend: parameters.spendBandsMinor.filter((bound) => sumMinor >= bound).length,
  };
}

/** The first ms at which one more recency cut lies strictly below the days since the last order. */
function nextRecencyCrossing(lastOrderAt: TimeMs, at: TimeMs, parameters: RfmParameters): TimeMs | null {
  const days = daysBetween(lastOrderAt, at);
  const cut = parameters.recencyDays.find((candidate) => candidate >= days);
  if (cut === undefined) return null;
  let due = Math.max(at, lastOrderAt + Math.floor(cut * DAY_MS)) + 1;
  // The product above and the quotient in `daysBetween` round apart: the view's own arithmetic has the last word.
  while (daysBetween(lastOrderAt, due) <= cut) due++;
  while (due - 1 > at && daysBetween(lastOrderAt, due - 1) > cut) due--;
  return due as TimeMs;
}

/** The first ms at which orders leaving the window lower a score or the spend band; they never rise again. */
function nextTellingExpiry(values: Values, parameters: RfmParameters): TimeMs | null {
  const now = amountScoresOf(values.orders, values.sumMinor, parameters);
  let { orders, sumMinor } = values;
  for (const order of values.ordersInWindow) {
    orders -= 1;
    sumMinor -= order.netMinor;
    const then = amountScoresOf(orders, sumMinor, parameters);
    const differs = then.frequency !== now.frequency || then.monetary !== now.monetary || then.spend !== now.spend;
    if (differs) return (order.at + parameters.windowMs) as TimeMs;
  }
  return null;
}
