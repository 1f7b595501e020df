import type { FacetSections } from './facets/registry.ts';
import type { TimeMs } from './time.ts';

/**
 * The rules in force, as they stand in the log: a business writes them in YAML, `@tidemark/policy` validates them, a
 * control record brings them into every lane. All numbers are finite; every constraint named here was checked there.
 */
export type Policy = CommonPolicy & FacetSections;

/** What is no facet's own. */
export interface CommonPolicy {
  readonly name: string;
  /** The day, such as 2027-01-31, on which the business wants to look at it again. No decision reads it. */
  readonly review?: string;
  /** What the business's clocks are ahead of UTC, for people and reports. No decision reads it. */
  readonly utcOffsetMinutes?: number;
  readonly currency: CurrencyPolicy;
  readonly events: EventPolicy;
  readonly orders: OrderPolicy;
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
  /** What people call it, by language (BCP 47; `und` where none is said). Like what follows, no decision reads it. */
  readonly label?: Readonly<Record<string, string>>;
  /** What its customers get, by name. */
  readonly benefits?: readonly string[];
  /** How its customers are to be treated, for people. */
  readonly strategy?: string;
}
