import { Fault } from '../errors.ts';
import type { Bounds, Committed, EventLog, Lane, Offset, Topic } from '../ports/event-log.ts';
import type { InputPlace } from '../source/lane-source.ts';
import { nextTimelineOffset } from '../source/timeline-source.ts';
import type { TimelineReader } from '../timeline-record.ts';
import { findVersion, type ToldTopic } from '../versions/find-version.ts';
import type { LaneMeta } from './lane-meta.ts';
import type { Frontier } from './relay.ts';

/** A lane that is being acquired: whatever log, store and mirror disagree about is a fault. */
export interface CheckedLane {
  readonly fold: CheckedFold;
  readonly lane: Lane;
  readonly log: Pick<EventLog, 'bounds' | 'read'>;
  readonly timeline: Topic;
  readonly reader: TimelineReader;
  /** Topics other than the timeline that the lane reads. */
  readonly inputs: readonly Topic[];
  /** How the inputs are read, for whoever will; others do not ask for the version in force there. */
  readonly toldTopics?: ReadonlyMap<Topic, ToldTopic>;
}

export interface CheckedFold {
  readonly service: string;
  readonly stateName: string;
  readonly version: number;
  readonly changeTopic: Topic | null;
}

export interface LaneStart {
  /** The sequence of the last output that the mirror knows to be in the log. */
  readonly frontier: number;
  /** Where each of the other inputs is to be read on from. */
  readonly places: ReadonlyMap<Topic, InputPlace>;
}

/** `meta` and `committed` (the mirror) were read before: the log's end may only have grown since. */
export async function checkLane(
  checked: CheckedLane,
  meta: LaneMeta,
  isNew: boolean,
  committed: Committed | undefined,
): Promise<LaneStart> {
  const bounds = await checked.log.bounds(checked.timeline, checked.lane);
  const frontier = checkMirror(checked, committed, bounds);
  await checkPlace(checked, meta, isNew, bounds);
  return { frontier, places: await checkInputs(checked, meta) };
}

function checkMirror(checked: CheckedLane, committed: Committed | undefined, { end }: Bounds): number {
  if (committed === undefined || committed.metadata === '') return 0;
  const { timeline } = checked;
  if (committed.offset > end) {
    throw new Fault(
      'place-outside-log',
      `${where(checked)}: the group has committed offset ${committed.offset} of ${timeline}, whose end is ${end}. The ` +
        'topic was cut or made anew: bring its records back, or start over in a new namespace.',
    );
  }
  const { version, sequence } = parseFrontier(checked, committed.metadata);
  checkVersion(checked, version, 'committed offset');
  return sequence;
}

/** Compares the place with the log, and the last record folded with what the log holds there. */
async function checkPlace(checked: CheckedLane, meta: LaneMeta, isNew: boolean, bounds: Bounds): Promise<void> {
  const { timeline } = checked;
  checkVersion(checked, meta.foldVersion, 'state');
  if (isNew && bounds.start > 0) {
    throw new Fault(
      'state-missing',
      `${where(checked)}: expected state, since ${timeline} starts at offset ${bounds.start}, found none. Restore the ` +
        'store from a backup: the log alone cannot rebuild this lane.',
    );
  }
  checkOffset(checked, timeline, nextTimelineOffset(meta), bounds);
  if (meta.place.offset >= bounds.start) await checkLastRecord(checked, meta);
}

async function checkInputs(checked: CheckedLane, meta: LaneMeta): Promise<ReadonlyMap<Topic, InputPlace>> {
  const { log, lane, inputs, toldTopics } = checked;
  const places = new Map<Topic, InputPlace>();
  for (const topic of inputs) {
    const bounds = await log.bounds(topic, lane);
    const hint = meta.inputs[topic];
    if (hint !== undefined) checkOffset(checked, topic, hint.offset, bounds);
    const { offset, number, version } = hint ?? { offset: bounds.start, number: 0, version: 0 };
    const told = toldTopics?.get(topic);
    const inForce = version ?? (told === undefined ? 0 : await findVersion(log, told, lane, offset));
    places.set(topic, { offset, number, version: inForce });
  }
  return places;
}

/** The record that was folded last must still be there, and be the same. */
async function checkLastRecord(checked: CheckedLane, { place, last }: LaneMeta): Promise<void> {
  if (last === null) return;
  const { log, lane, timeline, reader } = checked;
  const [record] = await log.read(timeline, lane, place.offset, 1);
  const found = record === undefined ? null : reader.record(record);
  if (found?.offset === place.offset && found.originText === last.origin && found.logTime === last.logTime) return;
  throw new Fault(
    'record-changed',
    `${where(checked)}: expected at offset ${place.offset} of ${timeline} the record that was folded last, found ` +
      'another. The topic was made anew or cut: bring its records back, or start over in a new namespace.',
  );
}

function checkOffset(checked: CheckedLane, topic: Topic, next: Offset, { start, end }: Bounds): void {
  if (next >= start && next <= end) return;
  throw new Fault(
    'place-outside-log',
    `${where(checked)}: expected to go on at offset ${next} of ${topic}, found a log from ${start} to ${end}. The topic ` +
      'lost records that were not folded, or was made anew: bring them back, or start over in a new namespace.',
  );
}

function checkVersion(checked: CheckedLane, found: number, of: string): void {
  const { version } = checked.fold;
  if (found === version) return;
  throw new Fault(
    'other-fold-version',
    `${where(checked)}: expected the ${of} of fold version ${version}, found version ${found}. Run the version that ` +
      'wrote it, or start over in a new namespace.',
  );
}

function parseFrontier(checked: CheckedLane, metadata: string): Frontier {
  try {
    return JSON.parse(metadata) as Frontier;
  } catch {
    throw new Fault(
      'corrupt-state',
      `${where(checked)}: expected the group's committed offset with metadata of ours, found other metadata. Something ` +
        'else committed in this group: give it a group of its own, and remove its offset.',
    );
  }
}

function where({ fold, lane }: CheckedLane): string {
  return `${fold.service}, lane ${lane}`;
}
