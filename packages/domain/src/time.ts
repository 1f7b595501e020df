/** Milliseconds since the Unix epoch, UTC: event time, log time, stream time, effective time. */
export type TimeMs = number & { readonly __brand: 'TimeMs' };

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
export const WEEK_MS = 604_800_000;

/** The last ms of a JavaScript date (year 275760). */
export const TIME_MS_MAX = 8.64e15;

/** The start of the UTC day that holds `time`. */
export function startOfDay(time: TimeMs): TimeMs {
  return (Math.floor(time / DAY_MS) * DAY_MS) as TimeMs;
}
