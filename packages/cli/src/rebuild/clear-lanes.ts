import { type FoldService, timelineReader } from '@tidemark/pipeline';
import {
  type Committed,
  checkLane,
  type EventLog,
  Fault,
  initialMeta,
  type Lane,
  type LaneHandler,
  type LaneSnapshot,
} from '@tidemark/stream';
import type { ChangedPipeline } from '../location/opened-pipeline.ts';
import { Failure } from '../terminal/failure.ts';

/**
 * Clears a service's state in these lanes, after checking all of them: what would stop a fold from the log's start on is
 * told before anything is gone.
 */
export async function checkAndClear(
  { log, store, committed }: ChangedPipeline,
  service: FoldService,
  lanes: readonly Lane[],
): Promise<void> {
  const startOver: Lane[] = [];
  for (const lane of lanes) {
    const mirror = (await committed(service.stateName, lane)).get(TIMELINE);
    const other = otherVersion(service, await acquireWhole(store, service, lane), mirror);
    if (other === null) await checkAsNew(log, service, lane, mirror);
    else if (service.changeTopic === null) startOver.push(lane);
    else throw otherVersionPublished(service, lane, other);
  }
  if (startOver.length > 0) await forgetPlaces(log, service, startOver);
  for (const lane of lanes) await store.clear(service.stateName, lane);
}

/** Null as well for state of which some is missing: it is to go. */
async function acquireWhole(
  store: ChangedPipeline['store'],
  { stateName }: FoldService,
  lane: Lane,
): Promise<LaneSnapshot | null> {
  try {
    return await store.acquire(stateName, lane);
  } catch (error) {
    if (error instanceof Fault && error.code === 'state-missing') return null;
    throw error;
  }
}

/** Only a member of the group may commit. */
export async function forgetPlaces(
  log: EventLog,
  { stateName }: Pick<FoldService, 'stateName'>,
  lanes: readonly Lane[],
): Promise<void> {
  const member = await log.consume({ group: stateName, topics: [TIMELINE], handler: NOT_INTERESTED });
  try {
    for (const lane of lanes) await member.commit(lane, new Map([[TIMELINE, NOTHING_FOLDED]]));
  } finally {
    await member.close();
  }
}

const TIMELINE = 'timeline';
const NOTHING_FOLDED: Committed = { offset: 0, metadata: '' };
/** Joined to commit alone. */
const NOT_INTERESTED: LaneHandler = { assigned: () => undefined, batch: () => undefined, revoked: () => undefined };

/** Throws the `Fault` that a lane without state would stop with. */
async function checkAsNew(
  log: EventLog,
  { name, stateName, version, changeTopic, inputs }: FoldService,
  lane: Lane,
  mirror: Committed | undefined,
): Promise<void> {
  const fold = { service: name, stateName, version, changeTopic };
  const checked = { fold, lane, log, timeline: TIMELINE, reader: timelineReader, inputs };
  await checkLane(checked, initialMeta(version), true, mirror);
}

/** The other fold version that state or mirror are of; null if there is none. What cannot be read is of none. */
function otherVersion(
  { version }: FoldService,
  snapshot: LaneSnapshot | null,
  mirror: Committed | undefined,
): number | null {
  const found = [numberIn(snapshot?.meta, 'foldVersion'), numberIn(mirror?.metadata, 'version')];
  return found.find((one) => one !== null && one !== version) ?? null;
}

function numberIn(json: string | undefined, property: string): number | null {
  try {
    const value: unknown = JSON.parse(json ?? '')?.[property];
    return typeof value === 'number' ? value : null;
  } catch {
    return null;
  }
}

function otherVersionPublished({ name, version, changeTopic }: FoldService, lane: Lane, found: number): Failure {
  return new Failure(
    `expected lane ${lane} of ${name} in fold version ${version}, found version ${found}. Nothing was changed: what version ` +
      `${found} published stands in ${changeTopic}, and would not match a state of version ${version}. Use the Tidemark ` +
      'that wrote it, or start over in another folder or namespace.',
  );
}
