import type { FoldService } from '@tidemark/pipeline';
import { forceOf } from '@tidemark/reading';
import {
  type Cutover,
  foldOf,
  type Lane,
  nextTimelineOffset,
  type Offset,
  parseMeta,
  readLane,
} from '@tidemark/stream';
import { type JudgedControl, readJudgedControl } from '@tidemark/timeline';
import type { OpenedPipeline } from '../location/opened-pipeline.ts';
import type { RawRecords } from '../up/raw-records.ts';

/** A cutover as it stands in a lane's `control`. */
export interface WrittenCutover extends Cutover {
  readonly offset: Offset;
}

/** How a lane stands, as far as an upgrade of a service goes. */
export interface LaneStand {
  readonly lane: Lane;
  readonly judged: JudgedControl;
  /** Of any fold, as far as `control` reaches back: its retention ends. */
  readonly cutovers: readonly WrittenCutover[];
  /** The version that tells, by fold, as the states of all versions have it; absent: the one of the first release. */
  readonly force: ReadonlyMap<string, number>;
  /** The version of the service that tells, as far as the lane is folded. */
  readonly inForce: number;
}

export async function readLaneStand(
  pipeline: Pick<OpenedPipeline, 'log' | 'store' | 'committed'>,
  raw: RawRecords,
  service: FoldService,
  lane: Lane,
): Promise<LaneStand> {
  const judged = await readJudgedControl(pipeline.log, lane, (await pipeline.committed('unify', lane)).get('control'));
  const cutovers: WrittenCutover[] = [];
  for await (const { value, offset } of readLane(pipeline.log, 'control', lane)) {
    const record = await raw.decode(value);
    if (record?.recordType !== 'cutover') continue;
    const { facet, version } = record.value;
    cutovers.push({ facet, version, offset });
  }
  const force = forceIn(await pipeline.store.metas(lane));
  return { lane, judged, cutovers, force, inForce: inForceOf(service, judged, force) };
}

/** The version of a service that tells in a lane, as far as it is folded. */
export async function readInForce(
  { log, store, committed }: Pick<OpenedPipeline, 'log' | 'store' | 'committed'>,
  service: FoldService,
  lane: Lane,
): Promise<number> {
  const judged = await readJudgedControl(log, lane, (await committed('unify', lane)).get('control'));
  return inForceOf(service, judged, forceIn(await store.metas(lane)));
}

/** A lane begins with what its first policy names. */
function inForceOf({ name, firstVersion }: FoldService, { policy }: JudgedControl, force: LaneStand['force']): number {
  return Math.max(policy?.versions[name] ?? firstVersion, force.get(name) ?? 0);
}

/** What the states of all versions say of who tells, by fold. */
function forceIn(metas: ReadonlyMap<string, string>): ReadonlyMap<string, number> {
  const force = new Map<string, number>();
  for (const [stateName, json] of metas) {
    const found = forceOf(json);
    const name = foldOf(stateName);
    if (found !== null) force.set(name, Math.max(found, force.get(name) ?? 0));
  }
  return force;
}

/** Where the new version is in a lane. */
export interface NewPlace {
  readonly next: Offset;
  /** Whether it has passed its cutover. */
  readonly tells: boolean;
}

/** What is folded without a change to a customer is in the group's note alone. */
export async function readNewPlace(
  { store, committed }: Pick<OpenedPipeline, 'store' | 'committed'>,
  { name, stateName, version, firstVersion }: FoldService,
  lane: Lane,
): Promise<NewPlace> {
  const noted = (await committed(stateName, lane)).get('timeline')?.offset ?? 0;
  const json = (await store.metas(lane)).get(stateName);
  if (json === undefined) return { next: 0, tells: false };
  const meta = parseMeta(json, `${name}, lane ${lane}`);
  const tells = meta.policy !== null && (meta.force ?? firstVersion) === version;
  return { next: Math.max(noted, nextTimelineOffset(meta)), tells };
}
