import { ascending, days, group, number, type SectionValue, section } from '../section.ts';

/** The risk then has all its digits. What is fitted to real orders lies well within. */
const parameter = number({ min: 1e-4, max: 1e4 });

/** Risks beyond are reached within, or lost in, what rounding leaves of them. */
const risk = number({ min: 0.001, max: 0.999 });

/** So many intervals after any two orders up to the year 9999 there still is a date. */
const OVERDUE_INTERVALS_MAX = 30;

export const churnPolicy = section(
  {
    /** Churn is "no order in this many days". */
    horizonDays: days(),
    /** Of MBG/NBD, time in weeks. */
    parameters: group({ r: parameter, alpha: parameter, a: parameter, b: parameter }),
    /** Risk at or above the bound has the band; below `medium` it is low. */
    bands: ascending(['medium', 'high'], risk),
    /** A customer is overdue when silent for longer than this many of their own mean purchase intervals. */
    overdueIntervals: number({ min: 0, isAbove: true, max: OVERDUE_INTERVALS_MAX }),
    /** Orders no further apart than this are one purchase. */
    occasionGapHours: number({ min: 0, isAbove: true, max: 24 * 30, what: 'a number of hours' }, { default: 12 }),
  },
  { describe: ({ horizonDays }) => `churn risk is no order in ${horizonDays} days` },
);

export type ChurnPolicy = SectionValue<typeof churnPolicy>;
export type ChurnParameters = ChurnPolicy['parameters'];
