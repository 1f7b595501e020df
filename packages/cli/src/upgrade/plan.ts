import type { FoldService } from '@tidemark/pipeline';
import type { Lane } from '@tidemark/stream';
import { nameLanes } from '@tidemark/telemetry';
import type { OpenedPipeline } from '../location/opened-pipeline.ts';
import { Failure } from '../terminal/failure.ts';
import type { LaneStand } from './lane-stand.ts';

/** Throws what keeps the service from being upgraded; nothing was changed by then. */
export async function checkUpgrade(
  { log }: Pick<OpenedPipeline, 'log'>,
  service: FoldService,
  lanes: readonly LaneStand[],
): Promise<void> {
  const { name, version } = service;
  const before = lanes.filter(({ judged }) => judged.policy === null);
  if (before.length > 0) {
    throw new Failure(
      `expected a policy in force in every lane, found none in ${named(before)}. Nothing was changed. Apply one first ` +
        '(`npx tidemark policy apply`, or `up`): nothing is folded before it.',
    );
  }
  const later = lanes.filter(({ inForce, cutovers }) => inForce > version || newestOf(cutovers, name) > version);
  if (later.length > 0) {
    const newest = Math.max(...later.map(({ inForce, cutovers }) => Math.max(inForce, newestOf(cutovers, name))));
    throw new Failure(
      `expected version ${version} of ${name} or an earlier one in force, found version ${newest} in ${named(later)}. Nothing ` +
        'was changed: a newer build has taken over. Use that one.',
    );
  }
  checkNoOther(service, lanes);
  if (lanes.every(({ judged }) => !service.isOn(judged.policy?.policy ?? null))) {
    throw new Failure(
      `expected ${name} to be switched on, found that no policy in force has its section. Nothing was changed: it has told ` +
        'nothing, so that there is nothing to take over. Apply a policy with its section first.',
    );
  }
  await checkWhole(log, service, lanes);
}

/** Two at once are not told apart by who looks at what was told: one is ended before another begins. */
function checkNoOther({ name, version }: FoldService, lanes: readonly LaneStand[]): void {
  const written = lanes
    .flatMap(({ cutovers }) => cutovers)
    .filter((cut) => cut.facet !== name || cut.version !== version);
  for (const { facet, version: other } of written) {
    const has = ({ cutovers, force }: LaneStand) =>
      (force.get(facet) ?? 0) >= other || cutovers.some((cut) => cut.facet === facet && cut.version >= other);
    const without = lanes.filter((lane) => !has(lane));
    if (without.length === 0) continue;
    throw new Failure(
      `expected no other upgrade under way, found that version ${other} of ${facet} takes over in some lanes and not yet in ` +
        `${named(without)}. Nothing was changed. Go on with that one first: \`npx tidemark upgrade --service ${facet}\` of the ` +
        `build that has version ${other}.`,
    );
  }
}

/** The new version folds from the start, and looks at all that was told. */
async function checkWhole(
  log: OpenedPipeline['log'],
  { name, changeTopic }: FoldService,
  lanes: readonly LaneStand[],
): Promise<void> {
  for (const topic of ['timeline', ...(changeTopic === null ? [] : [changeTopic])]) {
    const cut: Lane[] = [];
    for (const { lane } of lanes) if ((await log.bounds(topic, lane)).start > 0) cut.push(lane);
    if (cut.length === 0) continue;
    throw new Failure(
      `expected ${topic} from offset 0 on, found that its start is gone in ${nameLanes(cut)}. Nothing was changed: without it ` +
        `another version of ${name} cannot know what was told. Bring the topic back from a backup (its retention is to be ` +
        'without end: `npx tidemark topics apply`), or start over in another folder or namespace.',
    );
  }
}

/** The greatest version of a fold that a cutover names; 0 without one. */
export function newestOf(cutovers: LaneStand['cutovers'], name: string): number {
  return Math.max(0, ...cutovers.filter(({ facet }) => facet === name).map(({ version }) => version));
}

/** What is in force, for people, such as `version 2 in lanes 0 to 3, version 3 in lane 4`. */
export function describeForce(lanes: readonly Pick<LaneStand, 'lane' | 'inForce'>[]): string {
  const byVersion = Map.groupBy(lanes, ({ inForce }) => inForce);
  return [...byVersion]
    .sort(([a], [b]) => a - b)
    .map(([version, of]) => `version ${version} in ${of.length === lanes.length ? 'every lane' : named(of)}`)
    .join(', ');
}

export function named(lanes: readonly { readonly lane: Lane }[]): string {
  return nameLanes(lanes.map(({ lane }) => lane));
}
