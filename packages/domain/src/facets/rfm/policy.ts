import {
  amount,
  days,
  fourOf,
  HISTORY_DAYS_MAX,
  list,
  orders,
  type SectionProblem,
  type SectionValue,
  section,
} from '../section.ts';

export const rfmPolicy = section(
  {
    /** Orders count for this long. */
    windowDays: days({ max: HISTORY_DAYS_MAX, keepsOrders: true }),
    /** Days since the last order, ascending, each below `windowDays`; reversed: fewer days score higher. */
    recencyDays: fourOf(days({ min: 0, max: HISTORY_DAYS_MAX }), 'numbers of days'),
    /** Orders in the window, ascending. */
    frequencyOrders: fourOf(orders(), 'numbers of orders', { as: 'frequency' }),
    /** Net, in the window, ascending. */
    monetaryMinor: fourOf(amount(), 'amounts', { as: 'monetary' }),
    /** Lower bounds of spend bands 1, 2, ..., ascending; below the first is band 0. May be empty. */
    spendBandsMinor: list(amount(), { what: 'amounts', max: 100, as: 'spend_bands', default: [] }),
  },
  { rules: cutsBeyondWindow, describe: ({ windowDays }) => `RFM over ${windowDays} days` },
);

/** No order in the window is as old as that: the score would never be given. */
function cutsBeyondWindow({
  window_days: windowDays,
  recency_days: cuts,
}: Readonly<Record<string, unknown>>): readonly SectionProblem[] {
  if (typeof windowDays !== 'number' || !Array.isArray(cuts)) return [];
  return cuts.flatMap((days: unknown, i) =>
    typeof days === 'number' && days >= windowDays
      ? [{ path: ['recency_days', i], expected: `a number of days below window_days, ${windowDays}` }]
      : [],
  );
}

export type RfmPolicy = SectionValue<typeof rfmPolicy>;
