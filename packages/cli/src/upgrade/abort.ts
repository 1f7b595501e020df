import { toldTopics } from '@tidemark/pipeline';
import { findVersion } from '@tidemark/stream';
import { forgetPlaces } from '../rebuild/clear-lanes.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import { Failure } from '../terminal/failure.ts';
import { startOf } from './beside.ts';
import type { LaneStand } from './lane-stand.ts';
import { named, newestOf } from './plan.ts';
import type { Upgrade } from './running.ts';

/** Clears what the new version has folded: as if it had never begun. Throws where it may have told something. */
export async function abortUpgrade(
  { pipeline, service, environment }: Pick<Upgrade, 'pipeline' | 'service' | 'environment'>,
  lanes: readonly LaneStand[],
): Promise<number> {
  const { name, version, stateName } = service;
  const cut: LaneStand[] = [];
  for (const stand of lanes) if (await isCut({ pipeline, service }, stand)) cut.push(stand);
  if (cut.length > 0) {
    throw new Failure(
      `expected no cutover to version ${version} of ${name}, found it in ${named(cut)}. Nothing was changed: behind a cutover ` +
        'there is no way back. Go on: the same command without --abort.',
    );
  }
  const members = await pipeline.members(stateName);
  if (members > 0) {
    throw new Failure(
      `expected no running process of version ${version} of ${name} on ${pipeline.location}, found ${members}. Nothing was ` +
        `changed. Stop \`${startOf(name)}\` of this build first; one that was killed counts until its session ends ` +
        '(TIDEMARK_KAFKA_SESSION_TIMEOUT_MS).',
    );
  }
  await forgetPlaces(
    pipeline.log,
    service,
    lanes.map(({ lane }) => lane),
  );
  for (const { lane } of lanes) await pipeline.store.clear(stateName, lane);
  await environment.stdout.line(
    `The upgrade of ${name} is given up: what version ${version} has folded is cleared. The version before goes on.`,
  );
  return EXIT.ok;
}

/** Whether the cutover stands in the lane, or is on its way: in `control`, in what was folded, or in what was told. */
async function isCut(
  { pipeline, service: { name, version, changeTopic } }: Pick<Upgrade, 'pipeline' | 'service'>,
  { lane, inForce, cutovers }: LaneStand,
): Promise<boolean> {
  if (inForce >= version || newestOf(cutovers, name) >= version) return true;
  const told = changeTopic === null ? undefined : toldTopics.get(changeTopic);
  if (told === undefined) return false;
  return (await findVersion(pipeline.log, told, lane, (await pipeline.log.bounds(told.topic, lane)).end)) >= version;
}
