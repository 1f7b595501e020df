import { type FoldService, foldServices } from '@tidemark/pipeline';
import { Fault, type Lane } from '@tidemark/stream';
import { readJudgedControl } from '@tidemark/timeline';
import type { PipelineReading } from './service-facts.ts';

/** The services that have something to fold: those that are always on, and those that a policy in force has switched on. */
export async function readServicesOn(
  reading: Pick<PipelineReading, 'log' | 'committed'>,
): Promise<ReadonlySet<FoldService>> {
  const on = new Set(foldServices.filter(({ isOn }) => isOn(null)));
  for (let lane = 0; lane < reading.log.lanes; lane++) {
    const policy = await readPolicyIn(reading, lane);
    for (const service of foldServices) if (service.isOn(policy)) on.add(service);
  }
  return on;
}

/** Null also where it cannot be read: whoever folds the lane says so. */
async function readPolicyIn({ log, committed }: Pick<PipelineReading, 'log' | 'committed'>, lane: Lane) {
  try {
    const judged = await readJudgedControl(log, lane, (await committed('unify', lane)).get('control'));
    return judged.policy?.policy ?? null;
  } catch (error) {
    if (error instanceof Fault) return null;
    throw error;
  }
}
