import type { TimeMs } from './time.ts';

/**
 * The rules in force, as they stand in the log: a business writes them in YAML, `@tidemark/policy` validates them, a
 * control record brings them into every lane. All numbers are finite; every constraint named here was checked there.
 */
export interface Policy {
  readonly name: string;
  readonly currency: CurrencyPolicy;
  readonly events: EventPolicy;
  readonly orders: OrderPolicy;
  readonly rfm: RfmPolicy;
  readonly behaviour: BehaviourPolicy;
  readonly churn: ChurnPolicy;
  readonly tiers: TierPolicy;
}

export interface CurrencyPolicy {
  /** ISO 4217 code; amounts of the timeline are in its minor units. */
  readonly base: string;
  /** How many units of the base currency one unit of the named currency is worth. */
  readonly rates: Readonly<Record<string, number>>;
}

export interface EventPolicy {
  /** Events that happened before it are refused; not before 1970. */
  readonly earliestAt: TimeMs;
}

export interface OrderPolicy {
  /** How long ledgers keep an order, and what is told of it changes anything; at least `rfm.windowDays`. */
  readonly historyDays: number;
}

/** Four cuts make five scores: 1 + the number of cuts strictly below the value. */
export type Cuts = readonly [number, number, number, number];

export interface RfmPolicy {
  /** Orders count for this long. */
  readonly windowDays: number;
  /** Days since the last order, ascending, each below `windowDays`; reversed: fewer days score higher. */
  readonly recencyDays: Cuts;
  /** Orders in the window, ascending. */
  readonly frequencyOrders: Cuts;
  /** Minor units of the base currency, net, in the window, ascending. */
  readonly monetaryMinor: Cuts;
  /** Lower bounds of spend bands 1, 2, ... in minor units, ascending; below the first is band 0. May be empty. */
  readonly spendBandsMinor: readonly number[];
}

export interface BehaviourPolicy {
  readonly halfLifeDays: number;
  /** Weight, above 0, of an event by `interaction.<action>`, `marketing.<kind>` or `order.<status>`; absent is 0. */
  readonly weights: Readonly<Record<string, number>>;
  /** A score at or above the bound has the band; below `cool` it is silent. hot > warm > cool > 0. */
  readonly bands: { readonly hot: number; readonly warm: number; readonly cool: number };
}

export interface ChurnPolicy {
  /** Churn is "no order in this many days". */
  readonly horizonDays: number;
  /** MBG/NBD parameters, time in weeks, all above 0. */
  readonly parameters: ChurnParameters;
  /** Risk at or above the bound has the band; below `medium` it is low. 0 < medium < high < 1. */
  readonly bands: { readonly medium: number; readonly high: number };
  /** A customer is overdue when silent for longer than this many of his own mean purchase intervals; above 0. */
  readonly overdueIntervals: number;
  /** Orders no further apart than this are one purchase; above 0. */
  readonly occasionGapHours: number;
}

export interface ChurnParameters {
  readonly r: number;
  readonly alpha: number;
  readonly a: number;
  readonly b: number;
}

export interface TierPolicy {
  /** Points by `<score>.<attribute of its view>`, then by the attribute's value; a value not named gives 0. */
  readonly points: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** From lowest to highest. The first is everybody's and has no thresholds (both are -Infinity in effect). */
  readonly tiers: readonly TierRule[];
  /** A customer keeps a tier at least this long before it can fall. */
  readonly minimumStayDays: number;
  /** Points must stay below `leave` for this long, without a break, before the tier falls. */
  readonly graceDays: number;
}

export interface TierRule {
  readonly name: string;
  /** Points at or above which a customer below rises to this tier; ascending over tiers. */
  readonly enter: number;
  /** Points below which a customer of this tier falls; at most `enter`, ascending over tiers. */
  readonly leave: number;
}
