import { facets, type ScoreName, scoreNames, type TimeMs } from '@tidemark/domain';
import type { CustomerNow, TierNow } from '@tidemark/reading';

export type Cell = string | number | null;

export interface Column {
  readonly name: string;
  cellOf(customer: CustomerNow): Cell;
}

/** Names and their order stay: people's scripts know them. */
export const COLUMNS: readonly Column[] = [
  { name: 'customer_id', cellOf: ({ customerId }) => customerId },
  { name: 'at', cellOf: ({ at }) => isoOf(at) },
  tierColumn('tier', ({ tier }) => tier),
  tierColumn('points', ({ points }) => points),
  tierColumn('tier_since', ({ since }) => isoOf(since)),
  tierColumn('tier_below_since', ({ belowSince }) => isoOf(belowSince)),
  tierColumn('tier_changes', ({ changes }) => changes),
  tierColumn('next_tier', ({ next }) => next?.tier ?? null),
  tierColumn('next_tier_at', ({ next }) => isoOf(next?.at ?? null)),
  ...scoreNames.flatMap(scoreColumns),
];

function tierColumn(name: string, cellOf: (tier: TierNow) => Cell): Column {
  return { name, cellOf: ({ tier }) => (tier === null ? null : cellOf(tier)) };
}

function scoreColumns(score: ScoreName): Column[] {
  const { view, exact } = facets[score];
  const views = Object.entries(view).map(([attribute, { column }]): Column => {
    const name = column ?? columnOf(score, attribute);
    return { name, cellOf: ({ scores }) => scores[score]?.view?.[attribute] ?? null };
  });
  const values = Object.entries(exact).map(([value, { column }]): Column => {
    const name = column ?? columnOf(score, value);
    return { name, cellOf: ({ scores }) => scores[score]?.exact[value] ?? null };
  });
  const next: Column = {
    name: `${snakeCase(score)}_next_change_at`,
    cellOf: ({ scores }) => isoOf(scores[score]?.next?.at ?? null),
  };
  return [...views, ...values, next];
}

function columnOf(score: ScoreName, property: string): string {
  return property === score ? score : `${snakeCase(score)}_${snakeCase(property)}`;
}

/** Of a facet's name, `cart-value`, as of a property's, `cartValue`: `cart_value`. */
function snakeCase(name: string): string {
  return name.replaceAll('-', '_').replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function isoOf(time: TimeMs | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
