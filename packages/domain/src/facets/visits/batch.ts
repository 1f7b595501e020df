import { DAY_MS, type TimeMs } from '../../time.ts';
import type { Epoch } from '../facet.ts';
import { VISITS_MAX, type VisitsPolicy } from './policy.ts';

/** The visits that are in the window at `at` and were in each window before when its policy ended; the newest in any case. */
export function visitsBatch(epochs: readonly Pick<Epoch<VisitsPolicy>, 'section' | 'from' | 'arrivals'>[], at: TimeMs) {
  let times: TimeMs[] = [];
  let inWindow: TimeMs[] = [];
  for (const [epoch, { section, arrivals }] of epochs.entries()) {
    for (const { event } of arrivals) if (event.type === 'interaction') times.push(event.data.occurredAt);
    times.sort((a, b) => a - b);
    const end = epochs[epoch + 1]?.from ?? at;
    inWindow = times.filter((time) => time > end - Math.round(section.windowDays * DAY_MS)).slice(-VISITS_MAX);
    times = inWindow.length > 0 ? inWindow : times.slice(-1);
  }
  const bands = epochs.at(-1)?.section.bands;
  if (bands === undefined || times.length === 0) return { view: null, exact: { visits: null } };
  const visits = inWindow.length;
  const band = visits >= bands.many ? 'many' : visits >= bands.some ? 'some' : visits >= 1 ? 'few' : 'none';
  return { view: { band } as const, exact: { visits } };
}
