import type { ReplayOutcome } from '../run-replay.ts';
import type { Summary } from './collect-summary.ts';

/** The whole state, how this run went, and where it serves if it does, as one line of JSON. */
export function summaryJson(
  summary: Summary,
  outcome: ReplayOutcome,
  { peakMemoryBytes, url }: { readonly peakMemoryBytes: number; readonly url: string | null },
): string {
  const { customers, events, orders, tierChanges, tierChangesBySilence, tiers, views } = summary;
  return JSON.stringify({
    customers,
    events,
    orders,
    tierChanges,
    tierChangesBySilence,
    tiers: Object.fromEntries(tiers),
    ...Object.fromEntries(views.map(({ name, counts }) => [name, Object.fromEntries(counts)])),
    seconds: outcome.seconds,
    eventsPerSecond: eventsPerSecondOf(outcome),
    peakMemoryMiB: Math.round(peakMemoryBytes / MIB),
    ...(url === null ? {} : { url }),
  });
}

/** Of this run; 0 where it had nothing to write. */
export function eventsPerSecondOf({ eventsWritten, seconds }: ReplayOutcome): number {
  return seconds === 0 ? 0 : Math.round(eventsWritten / seconds);
}

const MIB = 1_048_576;
