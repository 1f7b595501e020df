import type { TimeMs } from '@tidemark/domain';
import type { FoldService } from '@tidemark/pipeline';
import type { OpenedPipeline } from '../location/opened-pipeline.ts';
import type { Check } from './check.ts';
import { checkClocks, checkFaults, checkFormats, checkLag } from './check-lanes.ts';
import { checkDeadLetters } from './check-log.ts';
import { checkPolicyNumbers, checkPolicyParses } from './check-policy.ts';
import { checkUpgrades } from './check-upgrade.ts';
import type { LaneFacts } from './lane-facts.ts';
import { readDeadLetters, readLaneFacts } from './read-facts.ts';

/**
 * Looks at what log and store hold, wherever they are; every topic must be there.
 *
 * @param on the services that have something to fold
 * @param membersOf how many processes work as a service
 * @param startAdvice what to do about a service that is behind and has none
 */
export async function examinePipeline(
  pipeline: OpenedPipeline,
  on: ReadonlySet<FoldService>,
  membersOf: (service: string) => number,
  startAdvice: string,
  now: TimeMs,
): Promise<readonly Check[]> {
  const lanes: LaneFacts[] = [];
  for (let lane = 0; lane < pipeline.log.lanes; lane++) lanes.push(await readLaneFacts(pipeline, on, lane));
  const { byReason, looked } = await readDeadLetters(pipeline.log);
  return [
    checkPolicyParses(lanes),
    checkPolicyNumbers(lanes),
    checkClocks(lanes, now, membersOf('unify') > 0),
    checkFormats(lanes),
    ...checkLag(lanes, (service) => membersOf(service) > 0, startAdvice),
    ...(await checkUpgrades(pipeline, on)),
    ...checkFaults(lanes),
    checkDeadLetters(byReason, looked),
  ];
}
