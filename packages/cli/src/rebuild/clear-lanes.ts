import { timelineReader } from '@tidemark/pipeline';
import {
  type Committed,
  checkLane,
  type EventLog,
  initialMeta,
  type Lane,
  type LaneHandler,
  type LaneSnapshot,
  type ProfileStore,
} from '@tidemark/stream';
import type { FoldService } from '../folds/fold-services.ts';
import { Failure } from '../terminal/failure.ts';

export interface ClearedFolder {
  readonly log: EventLog;
  readonly store: Pick<ProfileStore, 'acquire' | 'clear'>;
}

/**
 * Clears a service's state in these lanes, after checking all of them: what would stop a fold from the log's start on is
 * told before anything is gone.
 */
export async function checkAndClear(
  { log, store }: ClearedFolder,
  service: FoldService,
  lanes: readonly Lane[],
): Promise<void> {
  const group = await log.consume({ group: service.name, topics: [TIMELINE], handler: NOT_INTERESTED });
  const startOver: Lane[] = [];
  try {
    for (const lane of lanes) {
      const mirror = (await group.committed(lane)).get(TIMELINE);
      const other = otherVersion(service, await store.acquire(service.name, lane), mirror);
      if (other === null) await checkAsNew(log, service, lane, mirror);
      else if (service.changeTopic === null) startOver.push(lane);
      else throw otherVersionPublished(service, lane, other);
    }
    for (const lane of startOver) await group.commit(lane, new Map([[TIMELINE, NOTHING_FOLDED]]));
  } finally {
    await group.close();
  }
  for (const lane of lanes) await store.clear(service.name, lane);
}

const TIMELINE = 'timeline';
const NOTHING_FOLDED: Committed = { offset: 0, metadata: '' };
/** Joined for the group's committed offsets alone. */
const NOT_INTERESTED: LaneHandler = { assigned: () => undefined, batch: () => undefined, revoked: () => undefined };

/** Throws the `Fault` that a lane without state would stop with. */
async function checkAsNew(
  log: EventLog,
  { name, version, inputs }: FoldService,
  lane: Lane,
  mirror: Committed | undefined,
): Promise<void> {
  const checked = { fold: { service: name, version }, lane, log, timeline: TIMELINE, reader: timelineReader, inputs };
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
      'that wrote it, or start over in another folder.',
  );
}
