import { DAY_MS, type TimeMs } from '@tidemark/domain';
import { type Dataset, LEFT_OUT_REASONS, type LeftOutLines } from '@tidemark/replay';
import { formatCount, formatDay, formatMinute } from '../../terminal/format.ts';
import type { HistoryOptions } from './history-options.ts';

/** One line that says what is replayed, what of it is real and what is simulated. */
export function describeDataset(
  dataset: Dataset,
  location: string,
  { until, orders, end }: Pick<HistoryOptions, 'until' | 'orders'> & { readonly end: TimeMs },
): string {
  const days = `${formatDay(dataset.firstDay)} to ${formatDay(dataset.lastDay)}`;
  const origin = orders === undefined ? 'real orders' : 'orders';
  const credits = dataset.credits === 0 ? '' : ` (${formatCount(dataset.credits)} of them credit notes)`;
  const real = `${formatCount(dataset.orders)} ${origin}${credits} of ${formatCount(dataset.customers)} customers, ${days}`;
  const simulated =
    dataset.simulated === 0
      ? 'nothing is simulated'
      : `${formatCount(dataset.simulated)} visits and campaign messages around them are simulated, from a fixed seed`;
  return `Replaying ${dataset.name} into ${location}: ${real}; ${simulated}.${describeSummed(dataset)}${describeEnd(dataset, until, end)}`;
}

function describeSummed({ summed }: Dataset): string {
  if (summed.orders === 0) return '';
  const orders = summed.orders === 1 ? '1 order is the sum' : `${formatCount(summed.orders)} orders are sums`;
  return ` ${orders} of ${formatCount(summed.lines)} lines: those that follow each other with one order_id, customer and time.`;
}

/** Where it ends, if that is not with the last event's day. */
function describeEnd({ lastDay }: Dataset, until: TimeMs | undefined, end: TimeMs): string {
  if ((until ?? lastDay) + DAY_MS > end) {
    return ` It ends at ${formatMinute(end)}, when it was first started; what comes after that is for the live pipeline.`;
  }
  return until === undefined ? '' : ` Up to the end of ${formatDay(until)}.`;
}

/** What to mend in the file: for each reason how many lines are left out, and the first of them. */
export function describeLeftOut(file: string, { total, byReason }: LeftOutLines, leftOutFile?: string): string[] {
  if (total === 0) return [];
  const groups = [...byReason].sort(([, a], [, b]) => b.lines - a.lines);
  const lines = groups.flatMap(([reason, { lines: count, examples }]) => {
    const shown = examples.map(({ line, column, expected, found }) => {
      return `    ${file}:${line}: ${column === '' ? '' : `${column}: `}expected ${expected}, found ${found}`;
    });
    const more = count > examples.length ? [`    and ${formatCount(count - examples.length)} more`] : [];
    return [`  ${describeLines(count)}: ${LEFT_OUT_REASONS[reason]}`, ...shown, ...more];
  });
  const isAllShown = groups.every(([, { lines: count, examples }]) => count === examples.length);
  const where = isAllShown || leftOutFile !== undefined ? [] : ['  --left-out FILE writes all of them to a file.'];
  return [`${describeLines(total)} left out; the others are replayed:`, ...lines, ...where];
}

function describeLines(count: number): string {
  return count === 1 ? '1 line' : `${formatCount(count)} lines`;
}
