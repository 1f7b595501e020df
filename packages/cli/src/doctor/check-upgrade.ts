import type { FoldService } from '@tidemark/pipeline';
import { Fault } from '@tidemark/stream';
import type { OpenedPipeline } from '../location/opened-pipeline.ts';
import { formatCount } from '../terminal/format.ts';
import { readInForce, readNewPlace } from '../upgrade/lane-stand.ts';
import { describeForce } from '../upgrade/plan.ts';
import { type Check, fail, warn } from './check.ts';

/** One check for each service of which another version is in force than this build's; none where all are this build's. */
export async function checkUpgrades(pipeline: OpenedPipeline, on: ReadonlySet<FoldService>): Promise<readonly Check[]> {
  const checks: Check[] = [];
  for (const service of on) {
    try {
      const check = await checkUpgrade(pipeline, service);
      if (check !== null) checks.push(check);
    } catch (error) {
      // Whoever folds the lane stops with the same.
      if (!(error instanceof Fault)) throw error;
    }
  }
  return checks;
}

async function checkUpgrade(pipeline: OpenedPipeline, service: FoldService): Promise<Check | null> {
  const { name, version } = service;
  const lanes: { readonly lane: number; readonly inForce: number }[] = [];
  let behind = 0;
  let isBegun = false;
  for (let lane = 0; lane < pipeline.log.lanes; lane++) {
    lanes.push({ lane, inForce: await readInForce(pipeline, service, lane) });
    const { next } = await readNewPlace(pipeline, service, lane);
    isBegun ||= next > 0;
    behind += Math.max(0, (await pipeline.log.bounds('timeline', lane)).end - next);
  }
  const check = `upgrade of ${name}`;
  if (lanes.some(({ inForce }) => inForce > version)) {
    const advice = 'Use that build: what this one folds is over.';
    return fail(check, `${describeForce(lanes)}, and this build has version ${version}: a newer one took over`, advice);
  }
  const before = lanes.filter(({ inForce }) => inForce < version);
  if (before.length === 0) return null;
  const command = `\`npx tidemark upgrade --service ${name}\``;
  if (before.length < lanes.length) {
    return warn(check, `${describeForce(lanes)}: it is in some lanes only`, `The same command goes on: ${command}.`);
  }
  const beside = isBegun
    ? `version ${version} of this build folds beside, ${formatCount(behind)} records behind`
    : `version ${version} of this build has folded nothing`;
  return warn(
    check,
    `${describeForce(lanes)}; ${beside}`,
    `${command} lets it take over, and leads on from wherever it is.`,
  );
}
