import type { TimelineEventType } from '../../events.ts';
import { DAY_MS, type TimeMs } from '../../time.ts';

/** The events that are counted; an identity is told of, not counted. */
export type CountedType = Exclude<TimelineEventType, 'identity'>;

export type Counts = readonly [interactions: number, orderEvents: number, marketing: number];

/** A UTC day, as its number since 1970-01-01, and what happened on it; zeros at the end are left out. */
export type Day = readonly [day: number, interactions: number, orderEvents?: number, marketing?: number];

export interface WindowCounts {
  readonly last7Days: Counts;
  readonly last30Days: Counts;
}

/** UTC days in a window: the current one and those before it. */
const SHORT_WINDOW_DAYS = 7;
const LONG_WINDOW_DAYS = 30;

export function plusOne([interactions, orderEvents, marketing]: Counts, type: CountedType): Counts {
  return [
    interactions + Number(type === 'interaction'),
    orderEvents + Number(type === 'order'),
    marketing + Number(type === 'marketing'),
  ];
}

/**
 * The days, ascending, after an event; without those that no window at `at` or later can see. At most 31: 30, and the
 * next one's first minutes.
 */
export function countOnDay(days: readonly Day[], occurredAt: TimeMs, type: CountedType, at: TimeMs): readonly Day[] {
  const oldest = dayOf(at) - LONG_WINDOW_DAYS + 1;
  const visible = (days[0]?.[0] ?? oldest) >= oldest ? days : days.filter(([day]) => day >= oldest);
  const day = dayOf(occurredAt);
  if (day < oldest) return visible;
  let index = visible.length;
  while (index > 0 && (visible[index - 1]?.[0] ?? day) >= day) index--;
  const held = visible[index];
  if (held?.[0] === day) return visible.with(index, dayOfCounts(day, plusOne(countsOf(held), type)));
  return visible.toSpliced(index, 0, dayOfCounts(day, plusOne([0, 0, 0], type)));
}

/** An event of tomorrow (clocks differ by minutes) counts at once, so that a count never rises by itself. */
export function countsInWindows(days: readonly Day[], at: TimeMs): WindowCounts {
  const today = dayOf(at);
  let [i7, o7, m7, i30, o30, m30] = [0, 0, 0, 0, 0, 0];
  for (const [day, interactions, orderEvents = 0, marketing = 0] of days) {
    if (day <= today - LONG_WINDOW_DAYS) continue;
    i30 += interactions;
    o30 += orderEvents;
    m30 += marketing;
    if (day <= today - SHORT_WINDOW_DAYS) continue;
    i7 += interactions;
    o7 += orderEvents;
    m7 += marketing;
  }
  return { last7Days: [i7, o7, m7], last30Days: [i30, o30, m30] };
}

function countsOf([, interactions, orderEvents = 0, marketing = 0]: Day): Counts {
  return [interactions, orderEvents, marketing];
}

function dayOfCounts(day: number, [interactions, orderEvents, marketing]: Counts): Day {
  if (marketing > 0) return [day, interactions, orderEvents, marketing];
  return orderEvents > 0 ? [day, interactions, orderEvents] : [day, interactions];
}

function dayOf(time: TimeMs): number {
  return Math.floor(time / DAY_MS);
}
