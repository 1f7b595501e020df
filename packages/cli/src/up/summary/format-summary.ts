import { DAY_MS, type Policy } from '@tidemark/domain';
import { formatCount, formatDay, formatName, formatShare, formatTable } from '../../terminal/format.ts';
import type { ReplayOutcome } from '../run-replay.ts';
import type { Summary } from './collect-summary.ts';
import { describeTierChange } from './describe-tier-change.ts';
import { eventsPerSecondOf } from './summary-json.ts';

/** The summary for people, line by line. */
export function formatSummary(summary: Summary, outcome: ReplayOutcome, policy: Policy): string[] {
  const { customers, tiers, views, lastChanges } = summary;
  return [
    describeRun(outcome),
    ...describeBeyondUntil(summary, outcome),
    '',
    `${formatCount(customers)} customers as of ${formatDay(summary.streamTime)}, after ${formatCount(summary.events)} events ` +
      `(${formatCount(summary.orders)} of them orders)`,
    ...describeNotes(summary),
    ...describeDeadLetters(summary),
    '',
    'By tier',
    ...countTable(tiers, customers),
    ...views.flatMap(({ heading, counts }) => [heading, ...countTable(counts, customers)]),
    '',
    describeChangeCounts(summary),
    ...lastChanges.flatMap((change) => describeTierChange(change, policy)),
  ];
}

function describeRun(outcome: ReplayOutcome): string {
  if (!outcome.didWork) return 'Nothing to do: an earlier run has replayed and folded all of it.';
  const { eventsWritten, seconds, events } = outcome;
  const before = events - eventsWritten;
  const earlier = before > 0 ? `; ${formatCount(before)} were in the log from earlier runs` : '';
  return (
    `Replayed ${formatCount(eventsWritten)} events in ${seconds.toFixed(1)} s, ` +
    `${formatCount(eventsPerSecondOf(outcome))} events/s${earlier}.`
  );
}

/** A folder never goes back in time. */
function describeBeyondUntil({ streamTime }: Summary, { day }: ReplayOutcome): string[] {
  if (streamTime < day + DAY_MS) return [];
  return [
    `The data folder is already at ${formatDay(streamTime)}, and time does not go back: what follows is as of then. ` +
      `For ${formatDay(day)}, start over with --fresh or in another folder.`,
  ];
}

/** Lines of a file that repeat orders, cancel them twice, refund more than they cost, and the like. */
function describeNotes({ notes }: Summary): string[] {
  if (notes.size === 0) return [];
  const total = [...notes.values()].reduce((sum, count) => sum + count, 0);
  const reasons = [...notes].map(([note, count]) => `${note} ${formatCount(count)}`);
  return [`${formatCount(total)} order events changed nothing, or less than they say (${reasons.join(', ')})`];
}

function describeDeadLetters({ deadLetters }: Summary): string[] {
  if (deadLetters.size === 0) return [];
  const total = [...deadLetters.values()].reduce((sum, count) => sum + count, 0);
  const reasons = [...deadLetters].map(([reason, count]) => `${reason} ${formatCount(count)}`);
  return [
    `${formatCount(total)} records could not be accepted (${reasons.join(', ')}): npx tidemark tail dead-letters`,
  ];
}

function countTable(counts: ReadonlyMap<string, number>, whole: number): string[] {
  return formatTable(
    [...counts].map(([name, count]) => [formatName(name), formatCount(count), formatShare(count, whole)]),
  );
}

function describeChangeCounts({ tierChanges, tierChangesBySilence }: Summary): string {
  const share = formatShare(tierChangesBySilence, tierChanges);
  return (
    `${formatCount(tierChanges)} tier changes, ${formatCount(tierChangesBySilence)} of them (${share}) caused by silence: ` +
    'no event, only time that passed. The last ones:'
  );
}
