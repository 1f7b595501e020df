import type { Lane } from '@tidemark/stream';
import { formatCount } from '../terminal/format.ts';
import { readNewPlace } from './lane-stand.ts';
import { type Upgrade, waitUntil } from './running.ts';

/** What may be missing at a lane's end for it to be cut: what came within this time. */
const NEAR_MS = 1_000;

/** Waits until the new version is within a second of every lane's end. False where it was stopped first. */
export function foldBeside(upgrade: Upgrade): Promise<boolean> {
  const { pipeline, service } = upgrade;
  return waitUntil(upgrade, async () => {
    let behind = 0;
    for (let lane = 0; lane < pipeline.log.lanes; lane++) behind += await readBehind(upgrade, lane);
    if (behind === 0) return null;
    const members = await membersOf(upgrade);
    return members === 0
      ? `Waiting: no process folds version ${service.version} of ${service.name} on ${pipeline.location}. Start it: ` +
          `\`${startOf(service.name)}\` of this build, beside those of the build before.`
      : `Version ${service.version} of ${service.name} folds beside, ${formatCount(behind)} records behind.`;
  });
}

/** Timeline records that the new version has not folded; 0 where the first of them came within a second. */
async function readBehind({ pipeline, service, environment, nextHere }: Upgrade, lane: Lane): Promise<number> {
  const place = await readNewPlace(pipeline, service, lane);
  if (place.tells) return 0;
  const next = Math.max(place.next, nextHere(lane));
  const { end } = await pipeline.log.bounds('timeline', lane);
  if (next >= end) return 0;
  const [first] = await pipeline.log.read('timeline', lane, next, 1);
  // What is at its start has folded nothing, however young the pipeline is.
  const isNear = next > 0 && first !== undefined && environment.clock.now() - first.appendedAtMs < NEAR_MS;
  return isNear ? 0 : end - next;
}

/** How many processes fold the new version. */
export async function membersOf({ pipeline, service }: Upgrade): Promise<number> {
  return pipeline.commitOutside === null ? 1 : pipeline.members(service.stateName);
}

export function startOf(name: string): string {
  return name === 'tier' ? 'services/tier' : `services/score ${name}`;
}
