import { existsSync, statfsSync } from 'node:fs';
import { topics } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { isEmbeddedHeld } from '@tidemark/embedded';
import { foldServices } from '@tidemark/pipeline';
import { OperatingError } from '@tidemark/stream';
import { readServicesOn } from '../folds/services-on.ts';
import { lookIntoFolder } from '../location/open-folder.ts';
import type { Check } from './check.ts';
import { checkFolder, checkFreeSpace, checkHolder } from './check-folder.ts';
import { checkLanes, checkTopics } from './check-log.ts';
import { examinePipeline } from './examine-pipeline.ts';

export interface Examined {
  readonly checks: readonly Check[];
  /** Whether some process works there. */
  readonly isRunning: boolean;
}

/** Looks at a data folder, as far as it can be read. */
export async function examineFolder(folder: string, now: TimeMs): Promise<Examined> {
  const isHeld = existsSync(folder) && isEmbeddedHeld(folder);
  let pipeline: ReturnType<typeof lookIntoFolder>;
  try {
    pipeline = lookIntoFolder(folder);
  } catch (error) {
    if (error instanceof OperatingError) return { checks: [checkFolder(folder, error)], isRunning: isHeld };
    throw error;
  }
  try {
    const { bavail, bsize } = statfsSync(folder);
    // A folder of a build that did not have the facet gets its topic at the next `up`; while it is off nothing is there.
    const on = await readServicesOn(pipeline);
    const off = foldServices.flatMap((service) => (on.has(service) ? [] : [service.changeTopic]));
    const expected = topics.map(({ name }) => name).filter((topic) => !off.includes(topic));
    const checks = [
      checkFolder(folder, null),
      checkHolder(isHeld),
      checkFreeSpace(bavail * bsize),
      checkLanes(pipeline.log.lanes),
      checkTopics(expected, pipeline.topics, isHeld),
    ];
    // What a topic would say cannot be asked where it is missing.
    const isWhole = expected.every((topic) => pipeline.topics.includes(topic));
    const more = isWhole ? await examinePipeline(pipeline, on, () => (isHeld ? 1 : 0), START_PIPELINE, now) : [];
    return { checks: [...checks, ...more], isRunning: isHeld };
  } finally {
    await pipeline.close();
  }
}

const START_PIPELINE = 'Start `npx tidemark up` to catch up.';
