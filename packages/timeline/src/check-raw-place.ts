import type { RawTopic } from '@tidemark/contracts';
import { type Committed, type EventLog, Fault, type Lane, type Offset } from '@tidemark/stream';
import { noteOf } from './committed-note.ts';
import { placeFault } from './place-fault.ts';
import type { RawInputState } from './raw-input.ts';

/** Where a raw topic is gone on with, and in which state of the merge; null: its beginning. */
export interface CheckedPlace {
  readonly offset: Offset;
  readonly state: RawInputState | null;
}

/** The place that a group committed in a raw topic, if the topic is still the one that it was committed in. Throws a `Fault`. */
export async function checkRawPlace(
  log: EventLog,
  lane: Lane,
  topic: RawTopic,
  committed: Committed | undefined,
): Promise<CheckedPlace> {
  const bounds = await log.bounds(topic, lane);
  if (committed === undefined) return { offset: bounds.start, state: null };
  const fault = await placeFault({ log, lane, topic }, committed, bounds);
  if (fault !== null) throw fault;
  const state = noteOf(committed, lane);
  if (committed.offset > bounds.start) {
    await checkLastTaken(log, lane, topic, committed.offset - 1, state?.takenAtMs ?? null);
  }
  return { offset: committed.offset, state };
}

/** A topic that was cut or made anew, and has grown since, is told by the record that was taken last. */
async function checkLastTaken(
  log: EventLog,
  lane: Lane,
  topic: RawTopic,
  offset: Offset,
  takenAtMs: number | null,
): Promise<void> {
  if (takenAtMs === null) return;
  const [record] = await log.read(topic, lane, offset, 1);
  if (record?.offset === offset && record.appendedAtMs === takenAtMs) return;
  throw new Fault(
    'record-changed',
    `unify, lane ${lane}: expected at offset ${offset} of ${topic} the record that was taken last, found another. The ` +
      'topic was cut or made anew: bring its records back, or start over in a new namespace.',
  );
}

/** What was on the timeline as offsets were committed has to be there: its raw records will not be read again. */
export function checkTimelineEnd(lane: Lane, expected: Offset, end: Offset): void {
  if (end >= expected) return;
  throw new Fault(
    'place-outside-log',
    `unify, lane ${lane}: expected at least ${expected} records on the timeline, found ${end}. The topic was cut or ` +
      'made anew: bring its records back, or start over in a new namespace.',
  );
}
