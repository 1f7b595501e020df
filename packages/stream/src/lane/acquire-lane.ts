import type { LaneConsumer } from '../ports/event-log.ts';
import type { OutboxEntry } from '../ports/profile-store.ts';
import { type CheckedLane, checkLane, type LaneStart } from './check-lane.ts';
import { initialMeta, type LaneMeta, parseMeta } from './lane-meta.ts';
import type { LanePorts } from './lane-ports.ts';

/** A lane as the store has it, once log, store and mirror were seen to agree. */
export interface AcquiredLane extends Pick<LaneStart, 'places'> {
  readonly meta: LaneMeta;
  /** Null for a lane without any state. */
  readonly token: string | null;
  readonly outbox: readonly OutboxEntry[];
  /** The sequence up to which outputs are known to be in the log. */
  readonly frontier: number;
}

export async function acquireLane(
  checked: Omit<CheckedLane, 'log'>,
  { store, log }: Pick<LanePorts, 'store' | 'log'>,
  consumer: LaneConsumer,
): Promise<AcquiredLane> {
  const { fold, lane, timeline } = checked;
  const snapshot = await store.acquire(fold.stateName, lane);
  const isNew = snapshot === null;
  const meta = isNew ? initialMeta(fold.version) : parseMeta(snapshot.meta, `${fold.service}, lane ${lane}`);
  const committed = (await consumer.committed(lane)).get(timeline);
  const { frontier, places } = await checkLane({ ...checked, log }, meta, isNew, committed);
  const outbox = snapshot?.outbox ?? [];
  const trimmed = (outbox[0]?.sequence ?? meta.sequence + 1) - 1;
  return { meta, token: snapshot?.token ?? null, outbox, places, frontier: Math.max(frontier, trimmed) };
}
