import type { TimelineEvent } from '../../events.ts';
import { applyOrder, emptyLedger, type LedgerRules, ledgerRulesOf, type OrderLedger } from '../../orders/ledger.ts';
import { creditMinorOf, isWaiting, type LedgerEntry, originsIn, standingOrderOf } from '../../orders/ledger-entry.ts';
import type { CommonPolicy } from '../../policy.ts';
import { DAY_MS, TIME_MS_MAX, type TimeMs } from '../../time.ts';
import { facet } from '../facet.ts';
import { firstReached } from '../first-reached.ts';
import { type Expired, Noted, Rejection } from '../score.ts';
import type { Cuts } from '../section.ts';
import { named, type ViewOf, whole } from '../view-field.ts';
import { rfmBatch } from './batch.ts';
import { rfmMeasures } from './measures.ts';
import { type RfmPolicy, rfmPolicy } from './policy.ts';
import { quintileOf } from './quintile-of.ts';
import { type Quintile, SEGMENTS, segmentOf } from './segments.ts';

export interface RfmState extends OrderLedger {
  /** The newest order that counted and then grew too old for the ledger; absent if there was none. */
  readonly lastSettledAt?: TimeMs;
  /** Origins of what waited for its order and has left the ledger: `expire` lets go of them, some at each step. Absent if there are none. */
  readonly unclaimed?: readonly (string | null)[];
}

export interface RfmParameters {
  readonly ledger: LedgerRules;
  /** An order at time t counts in [t, t + windowMs). Whole ms, at most the ledger's history. */
  readonly windowMs: number;
  readonly recencyDays: Cuts;
  readonly frequencyOrders: Cuts;
  readonly monetaryMinor: Cuts;
  readonly spendBandsMinor: readonly number[];
}

const rfmView = {
  /** 5: ordered lately. */
  recency: whole<Quintile>(1, 5, { label: 'recency' }),
  /** 5: many orders in the window. */
  frequency: whole<Quintile>(1, 5, { label: 'frequency' }),
  /** 5: much money in the window. */
  monetary: whole<Quintile>(1, 5, { label: 'monetary value' }),
  segment: named(SEGMENTS, {
    label: 'RFM segment',
    summary: { name: 'segments', heading: () => 'By RFM segment (recency and frequency of orders)' },
  }),
  /** How many of the policy's spend bounds the window's sum has reached. */
  spend: whole(0, 'spendBandsMinor', { label: 'spend band', column: 'rfm_spend_band' }),
} as const;
export type RfmView = ViewOf<typeof rfmView>;

/**
 * Recency, frequency and monetary value of a customer's orders, net of refunds and cancellations, in a window that
 * slides with time. The values at t are over the standing orders after t - window: days since the last one (a fraction,
 * at least 0), their number, their sum. Credit notes in the window are taken off the sum, which is at least 0. A score is
 * 1 + the cuts strictly below the value; recency's is 6 minus that.
 *
 * Once a customer has had an order that stands they keep a view: with none left in the window all their scores are 1. A
 * customer whose every order was undone has none, whatever was credited to them.
 *
 * What the ledger guarantees of the order of arrival holds here. A customer counts `ORDERS_MAX` orders and credit notes at
 * most. The ledger keeps orders for longer than the window, so that late refunds are netted and a policy with a longer
 * window brings them back; one with a longer history does not bring back what an earlier one let go.
 */
export const rfm = facet({
  name: 'rfm',
  title: 'RFM',
  subject: 'recency, frequency and monetary',
  version: 2,
  firstVersion: 2,
  always: true,
  notesOrders: true,
  eventTypes: ['order'],
  view: rfmView,
  exact: { daysSinceLastOrder: 'days', orders: 'orders', monetaryMinor: 'minor' },
  policy: rfmPolicy,
  parametersOf,
  initial: emptyLedger as RfmState,
  evolve,
  nextExpiryAt,
  expire,
  viewAt,
  nextDueAt,
  exactAt,
  measuresAt: rfmMeasures,
  batch: (epochs, at) => ({ view: rfmBatch(epochs, at, parametersOf) }),
});

function parametersOf(section: RfmPolicy, common: CommonPolicy): RfmParameters {
  const { windowDays, recencyDays, frequencyOrders, monetaryMinor, spendBandsMinor } = section;
  const windowMs = Math.round(windowDays * DAY_MS);
  return { ledger: ledgerRulesOf(common), windowMs, recencyDays, frequencyOrders, monetaryMinor, spendBandsMinor };
}

function evolve(
  state: RfmState,
  event: TimelineEvent,
  at: TimeMs,
  parameters: RfmParameters,
  origin: string | null = null,
): RfmState | Noted<RfmState> | Rejection {
  if (event.type !== 'order') return state;
  const applied = applyOrder(state, event.data, at, parameters.ledger, origin);
  if (applied instanceof Rejection) return applied;
  const next = applied.ledger === state ? state : withSettled(state, applied.ledger, applied.settled);
  return applied.note === null ? next : new Noted(next, applied.note);
}

function nextExpiryAt({ unclaimed, orders }: RfmState, at: TimeMs, { ledger }: RfmParameters): TimeMs | null {
  if (unclaimed !== undefined) return (at + 1) as TimeMs;
  const oldest = orders.find(isWaiting);
  return oldest === undefined ? null : ((Math.max(at, oldest[0] + ledger.historyMs) + 1) as TimeMs);
}

function expire(state: RfmState, at: TimeMs, { ledger }: RfmParameters): Expired<RfmState> | null {
  const historyStart = at - ledger.historyMs;
  if (state.unclaimed === undefined && (state.orders[0]?.[0] ?? at) >= historyStart) return null;
  const hasExpired = (entry: LedgerEntry) => entry[0] < historyStart && isWaiting(entry);
  const origins = [...(state.unclaimed ?? []), ...state.orders.filter(hasExpired).flatMap(originsIn)];
  if (origins.length === 0) return null;
  const { unclaimed: _, ...kept } = state;
  const next = { ...kept, orders: state.orders.filter((entry) => !hasExpired(entry)) };
  const letters = origins.slice(0, LETTERS_MAX).map((origin) => ({ reason: 'order-unknown', origin }) as const);
  const unclaimed = origins.slice(LETTERS_MAX);
  return { state: unclaimed.length === 0 ? next : { ...next, unclaimed }, letters };
}

function viewAt(state: RfmState, at: TimeMs, parameters: RfmParameters): RfmView | null {
  const values = valuesAt(state, at, parameters);
  if (values.lastOrderAt === null) return null;
  const recency = recencyOf(daysBetween(values.lastOrderAt, at), parameters);
  const { frequency, monetary, spend } = amountScoresOf(values.orders, values.balanceMinor, parameters);
  return { recency, frequency, monetary, segment: segmentOf(recency, frequency), spend };
}

function nextDueAt(state: RfmState, at: TimeMs, parameters: RfmParameters): TimeMs | null {
  const values = valuesAt(state, at, parameters);
  if (values.lastOrderAt === null) return null;
  const recencyDueAt = nextRecencyCrossing(values.lastOrderAt, at, parameters);
  const expiryDueAt = nextTellingExpiry(values, parameters);
  if (recencyDueAt === null || expiryDueAt === null) return recencyDueAt ?? expiryDueAt;
  return Math.min(recencyDueAt, expiryDueAt) as TimeMs;
}

function exactAt(state: RfmState, at: TimeMs, parameters: RfmParameters) {
  const { lastOrderAt, orders, balanceMinor } = valuesAt(state, at, parameters);
  const daysSinceLastOrder = lastOrderAt === null ? null : daysBetween(lastOrderAt, at);
  return { daysSinceLastOrder, orders, monetaryMinor: Math.max(0, balanceMinor) };
}

/** Letters that one step gives of what waited in vain; the next ones give the rest. */
const LETTERS_MAX = 200;

/** The ledger with what the score remembers of entries that left it. */
function withSettled(
  { lastSettledAt, unclaimed }: RfmState,
  ledger: OrderLedger,
  settled: readonly LedgerEntry[],
): RfmState {
  let lastAt = lastSettledAt;
  for (const entry of settled) if (standingOrderOf(entry) !== null) lastAt = laterOf(lastAt, entry[0]);
  const origins = [...(unclaimed ?? []), ...settled.flatMap(originsIn)];
  if (lastAt === undefined && origins.length === 0) return ledger;
  return {
    ...ledger,
    ...(lastAt === undefined ? {} : { lastSettledAt: lastAt }),
    ...(origins.length === 0 ? {} : { unclaimed: origins }),
  };
}

/** What counts in the window: an order, or a credit note, which is none and takes its amount off. */
interface Line {
  readonly at: TimeMs;
  readonly orders: 0 | 1;
  readonly minor: number;
}

interface Values {
  /** Of all standing orders, in the window or before it. */
  readonly lastOrderAt: TimeMs | null;
  /** In the window, oldest first. */
  readonly lines: readonly Line[];
  readonly orders: number;
  /** May be below 0; what is told is not. */
  readonly balanceMinor: number;
}

function valuesAt(state: RfmState, at: TimeMs, parameters: RfmParameters): Values {
  const windowStart = at - parameters.windowMs;
  const lines: Line[] = [];
  let lastOrderAt = state.lastSettledAt;
  let orders = 0;
  let balanceMinor = 0;
  for (const entry of state.orders) {
    const line = lineOf(entry);
    if (line === null) continue;
    if (line.orders === 1) lastOrderAt = laterOf(lastOrderAt, line.at);
    if (line.at <= windowStart) continue;
    lines.push(line);
    orders += line.orders;
    balanceMinor += line.minor;
  }
  return { lastOrderAt: lastOrderAt ?? null, lines, orders, balanceMinor };
}

function lineOf(entry: LedgerEntry): Line | null {
  const order = standingOrderOf(entry);
  if (order !== null) return { at: order.at, orders: 1, minor: order.netMinor };
  const creditMinor = creditMinorOf(entry);
  return creditMinor === null ? null : { at: entry[0], orders: 0, minor: -creditMinor };
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

function amountScoresOf(orders: number, balanceMinor: number, parameters: RfmParameters) {
  const sumMinor = Math.max(0, balanceMinor);
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
  const start = Math.max(at, lastOrderAt + Math.floor(cut * DAY_MS)) + 1;
  // The product above and the quotient in `daysBetween` round apart: the view's own arithmetic has the last word.
  return firstReached(start, at, TIME_MS_MAX, (time) => daysBetween(lastOrderAt, time) > cut) as TimeMs;
}

/**
 * The first ms at which what leaves the window changes a score or the spend band. The sum rises where a credit note
 * leaves, so that a score may come back: only what differs from now tells. What leaves at one ms leaves together.
 */
function nextTellingExpiry(values: Values, parameters: RfmParameters): TimeMs | null {
  const now = amountScoresOf(values.orders, values.balanceMinor, parameters);
  let { orders, balanceMinor } = values;
  for (const [index, line] of values.lines.entries()) {
    orders -= line.orders;
    balanceMinor -= line.minor;
    if (values.lines[index + 1]?.at === line.at) continue;
    const then = amountScoresOf(orders, balanceMinor, parameters);
    const differs = then.frequency !== now.frequency || then.monetary !== now.monetary || then.spend !== now.spend;
    if (differs) return (line.at + parameters.windowMs) as TimeMs;
  }
  return null;
}
