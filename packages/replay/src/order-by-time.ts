import { DAY_MS } from '@tidemark/domain';

/** Rows by (time, row), with an index of the days. */
export interface RowsByTime {
  readonly rows: Uint32Array;
  /** The UTC day of the first row, in days since the epoch. */
  readonly firstDay: number;
  /** Where each day's rows begin in `rows`, and one entry more: where the last day's end. */
  readonly dayBounds: Uint32Array;
}

/** Rows and milliseconds of a day share the 53 bits of a double. */
const ROWS_MAX = 2 ** 26;

/** Orders rows 0 to `count` - 1 by their times, at least one: by day first, then each day by numbers sorted natively. */
export function orderByTime(count: number, timeOf: (row: number) => number): RowsByTime {
  if (count === 0 || count > ROWS_MAX) throw new RangeError(`expected 1 to ${ROWS_MAX} rows, found ${count}`);
  let firstDay = Number.POSITIVE_INFINITY;
  let lastDay = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < count; row++) {
    const day = Math.floor(timeOf(row) / DAY_MS);
    if (day < firstDay) firstDay = day;
    if (day > lastDay) lastDay = day;
  }
  const dayBounds = new Uint32Array(lastDay - firstDay + 2);
  for (let row = 0; row < count; row++) increment(dayBounds, Math.floor(timeOf(row) / DAY_MS) - firstDay + 1);
  for (let day = 1; day < dayBounds.length; day++) increment(dayBounds, day, dayBounds[day - 1]);

  const keys = new Float64Array(count);
  const filled = dayBounds.slice();
  for (let row = 0; row < count; row++) {
    const time = timeOf(row);
    const day = Math.floor(time / DAY_MS);
    keys[increment(filled, day - firstDay)] = (time - day * DAY_MS) * ROWS_MAX + row;
  }
  for (let day = 0; day + 1 < dayBounds.length; day++) keys.subarray(dayBounds[day], dayBounds[day + 1]).sort();
  return { rows: Uint32Array.from(keys, (key) => key % ROWS_MAX), firstDay, dayBounds };
}

/** Adds, and returns what was there before. */
function increment(counts: Uint32Array, index: number, by = 1): number {
  const before = counts[index] ?? 0;
  counts[index] = before + by;
  return before;
}
