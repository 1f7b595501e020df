import type { BadLines, Dataset } from '@tidemark/service-simulate';
import { formatCount, formatDay } from '../terminal/format.ts';
import type { HistoryOptions } from './history-options.ts';

/** One line that says what is replayed, what of it is real and what is simulated. */
export function describeDataset(
  dataset: Dataset,
  place: string,
  { until, orders }: Pick<HistoryOptions, 'until' | 'orders'>,
): string {
  const days = `${formatDay(dataset.firstDay)} to ${formatDay(dataset.lastDay)}`;
  const origin = orders === undefined ? 'real orders' : 'orders';
  const real = `${formatCount(dataset.orders)} ${origin} of ${formatCount(dataset.customers)} customers, ${days}`;
  const simulated =
    dataset.simulated === 0
      ? 'nothing is simulated'
      : `${formatCount(dataset.simulated)} visits and campaign messages around them are simulated, from a fixed seed`;
  const end = until === undefined ? '' : ` Up to the end of ${formatDay(until)}.`;
  return `Replaying ${dataset.name} into ${place}: ${real}; ${simulated}.${end}`;
}

/** What to mend in the file: the first bad lines, and how many there are. */
export function describeBadLines(file: string, { total, examples }: BadLines): string[] {
  if (total === 0) return [];
  const lines = examples.map(({ line, column, expected, found }) => {
    return `  ${file}:${line}: ${column === '' ? '' : `${column}: `}expected ${expected}, found ${found}`;
  });
  const left = total - examples.length;
  if (left > 0) lines.push(`  and ${formatCount(left)} more`);
  const count = total === 1 ? '1 line is' : `${formatCount(total)} lines are`;
  return [`${count} not an order and left out; the others are replayed:`, ...lines];
}
