import { type RawTopic, readTimelineHeaders } from '@tidemark/contracts';
import { type Bounds, type Committed, type EventLog, Fault, type Lane, type Offset } from '@tidemark/stream';
import { TAIL_RECORDS_MIN } from './tail.ts';

interface RawLane {
  readonly log: Pick<EventLog, 'bounds' | 'read'>;
  readonly lane: Lane;
  readonly topic: RawTopic;
}

/** Why unify cannot go on at the place that its group has committed; null where it can. */
export async function placeFault(raw: RawLane, committed: Committed, { start, end }: Bounds): Promise<Fault | null> {
  const { offset, metadata } = committed;
  if (offset >= start && offset <= end) return null;
  const { lane, topic } = raw;
  return new Fault(
    'place-outside-log',
    `unify, lane ${lane}: expected to go on at offset ${offset} of ${topic}, found a log from ${start} to ${end}. ` +
      (await whatToDo(raw, offset, metadata === '', { start, end })),
  );
}

/** unify's own commits have a note; what kafka-consumer-groups.sh and other tools set has none. */
async function whatToDo(raw: RawLane, offset: Offset, hasNoNote: boolean, { start, end }: Bounds): Promise<string> {
  const { last, isAll } = await lastOrigin(raw);
  const wasCut = last !== null && last >= end;
  if (hasNoNote && !wasCut) return setBack(raw.topic, Math.max(start, (last ?? -1) + 1), last !== null || isAll);
  if (offset < start) {
    return "The topic let records go that were not read: bring them back, or reset the group's offsets knowing what is lost.";
  }
  return 'The topic was cut or made anew: bring its records back, or start over in a new namespace.';
}

function setBack(topic: RawTopic, next: Offset, isKnown: boolean): string {
  const found = isKnown
    ? 'the topic is as it was. Stop'
    : `whether the topic is as it was cannot be told, since none of the last ${TAIL_RECORDS_MIN} records on the timeline is of ` +
      'it. If it was cut or made anew, bring its records back first. Then stop';
  const by = `Something other than unify set the group's offset; ${found} unify and set the offset back to`;
  // unify has to read the policy in force again: it was the note that told where that is.
  return topic === 'control'
    ? `${by} that of the newest policy in ${topic}.`
    : `${by} ${next}${isKnown ? ': nothing is lost' : ''}.`;
}

interface LastOrigin {
  /** The greatest offset of the topic that the timeline's last records have; null where none is of it. */
  readonly last: Offset | null;
  /** Those were all that there ever were. */
  readonly isAll: boolean;
}

async function lastOrigin({ log, lane, topic }: RawLane): Promise<LastOrigin> {
  const { start, end } = await log.bounds('timeline', lane);
  const from = Math.max(start, end - TAIL_RECORDS_MIN);
  const records = await log.read('timeline', lane, from, TAIL_RECORDS_MIN);
  const origins = records.map(({ headers }) => readTimelineHeaders(headers).origin);
  const offsets = origins.flatMap((origin) => (origin?.topic === topic ? [origin.offset] : []));
  return { last: offsets.length === 0 ? null : Math.max(...offsets), isAll: from === 0 };
}
