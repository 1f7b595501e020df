import type { EventLog, Lane, LogRecord, Offset, Topic } from './ports/event-log.ts';

/** Records held in memory at a time, by lane. */
const PAGE_RECORDS = 500;

/** All records of a topic's lane, from its first, or the one at `start`, to what is its last by then. */
export async function* readLane(
  log: Pick<EventLog, 'bounds' | 'read'>,
  topic: Topic,
  lane: Lane,
  start?: Offset,
): AsyncGenerator<LogRecord> {
  let from = start ?? (await log.bounds(topic, lane)).start;
  for (;;) {
    const records = await log.read(topic, lane, from, PAGE_RECORDS);
    yield* records;
    const last = records.at(-1);
    if (last === undefined) return;
    from = last.offset + 1;
  }
}

/** All records of a topic's lane, from its last to its first; one is read at first, then twice as many each time. */
export async function* readLaneBackwards(
  log: Pick<EventLog, 'bounds' | 'read'>,
  topic: Topic,
  lane: Lane,
): AsyncGenerator<LogRecord> {
  const { start, end } = await log.bounds(topic, lane);
  for (let to = end, span = 1; to > start; span = Math.min(span * 2, PAGE_RECORDS)) {
    const from = Math.max(start, to - span);
    const records = await log.read(topic, lane, from, to - from);
    // Offsets may have gaps: what is read may lie beyond.
    yield* records.filter(({ offset }) => offset < to).reverse();
    to = from;
  }
}
