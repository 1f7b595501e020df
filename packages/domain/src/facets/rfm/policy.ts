import { amount, days, fourOf, HISTORY_DAYS_MAX, list, orders, type SectionValue, section } from '../section.ts';

export const rfmPolicy = section(
  {
    /** Orders count for this long. */
    windowDays: days({ max: HISTORY_DAYS_MAX }),
    /** Days since the last order, ascending, each below `windowDays`; reversed: fewer days score higher. */
    recencyDays: fourOf(days({ min: 0, max: HISTORY_DAYS_MAX }), 'numbers of days'),
    /** Orders in the window, ascending. */
    frequencyOrders: fourOf(orders(), 'numbers of orders', { as: 'frequency' }),
    /** Net, in the window, ascending. */
    monetaryMinor: fourOf(amount(), 'amounts', { as: 'monetary' }),
    /** Lower bounds of spend bands 1, 2, ..., ascending; below the first is band 0. May be empty. */
    spendBandsMinor: list(amount(), { what: 'amounts', max: 100, as: 'spend_bands', default: [] }),
  },
  { describe: ({ windowDays }) => `RFM over ${windowDays} days` },
);

export type RfmPolicy = SectionValue<typeof rfmPolicy>;
