import { ascending, days, number, type SectionValue, section } from '../section.ts';

/** Visits of one customer that are kept: the newest. No more can be asked for. */
export const VISITS_MAX = 1_000;

export const visitsPolicy = section(
  {
    /** A visit counts for this long. */
    windowDays: days({ default: 30 }),
    /** So many visits or more have the band; fewer than `some` are few, without any it is none. */
    bands: ascending(['some', 'many'], number({ min: 1, max: VISITS_MAX, what: 'a number of visits' }), {
      default: { some: 5, many: 20 },
    }),
  },
  { describe: ({ windowDays }) => `visits count for ${windowDays} days` },
);

export type VisitsPolicy = SectionValue<typeof visitsPolicy>;
