import { type FoldService, timelineReader } from '@tidemark/pipeline';
import {
  type Committed,
  checkLane,
  type EventLog,
  Fault,
  initialMeta,
  type Lane,
  type LaneMeta,
  nextTimelineOffset,
  type ProfileStore,
  parseMeta,
  type Topic,
} from '@tidemark/stream';

/** What can be asked of a pipeline beside its services; the committed offsets are those of their consumer groups. */
export interface PipelineReading {
  readonly log: Pick<EventLog, 'lanes' | 'bounds' | 'read'>;
  readonly store: Pick<ProfileStore, 'acquire'>;
  committed(group: string, lane: Lane): Promise<ReadonlyMap<Topic, Committed>>;
}

/** How a service stands in a lane. */
export interface ServiceFacts {
  readonly service: string;
  /** Null for a service that has folded nothing, and where the meta is damaged. */
  readonly meta: LaneMeta | null;
  /** What would stop the lane when it is acquired. */
  readonly fault: Fault | null;
  /** Timeline records that are not folded. */
  readonly lag: number;
}

/** Looks at a service's lane as the service does when it takes it up. */
export async function readServiceFacts(
  reading: PipelineReading,
  service: FoldService,
  lane: Lane,
): Promise<ServiceFacts> {
  const { log, store } = reading;
  const { name, stateName, version, changeTopic, inputs } = service;
  // Neither store nor log is held still: state and mirror first, since the log's end may only grow.
  let meta: LaneMeta | null = null;
  let fault: Fault | null = null;
  try {
    const snapshot = await store.acquire(stateName, lane);
    const mirror = (await reading.committed(stateName, lane)).get(TIMELINE);
    const fold = { service: name, stateName, version, changeTopic };
    const checked = { fold, lane, log, timeline: TIMELINE, reader: timelineReader, inputs };
    meta = snapshot === null ? null : parseMeta(snapshot.meta, `${name}, lane ${lane}`);
    await checkLane(checked, meta ?? initialMeta(version), snapshot === null, mirror);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    fault = error;
  }
  const { end } = await log.bounds(TIMELINE, lane);
  const next = meta === null ? 0 : nextTimelineOffset(meta);
  fault ??= await readFault(async () => {
    if (next < end) await log.read(TIMELINE, lane, next, 1);
    for (const [topic, { offset }] of Object.entries(meta?.inputs ?? {})) await log.read(topic, lane, offset, 1);
  });
  return { service: name, meta, fault, lag: Math.max(0, end - next) };
}

/** Why what a service is to read next cannot be read; null where it can. */
export async function readFault(read: () => Promise<unknown>): Promise<Fault | null> {
  try {
    await read();
    return null;
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
}

const TIMELINE = 'timeline';
