import type { TimeMs } from '@tidemark/domain';
import { expect, test } from 'vitest';
import type { TimelineReader } from '../timeline-record.ts';
import { type CheckedFold, checkLane } from './check-lane.ts';
import { initialMeta } from './lane-meta.ts';

const NEW: CheckedFold = { service: 'rfm', stateName: 'rfm-3', version: 3, changeTopic: 'rfm-changes' };

/** A lane of which nothing is stored under the fold's own name, nor committed in its group. */
function checkNew(fold: CheckedFold, told: number) {
  const bounds = async (topic: string) => ({ start: 0, end: topic === 'rfm-changes' ? told : 9 });
  const log = { bounds, read: async () => [] };
  const checked = { fold, lane: 0, log, timeline: 'timeline', reader: {} as TimelineReader, inputs: [] };
  return checkLane(checked, { ...initialMeta(fold.version), streamTime: 0 as TimeMs }, true, undefined);
}

test('a version after the first does not tell anew what an earlier one has told', async () => {
  await expect(checkNew(NEW, 1)).rejects.toMatchObject({ name: 'Fault', code: 'other-fold-version' });
  await expect(checkNew(NEW, 0)).resolves.toMatchObject({ frontier: 0 });
});

test('the first version, and one that tells nothing, are folded anew from the log', async () => {
  await expect(checkNew({ ...NEW, stateName: 'rfm' }, 1)).resolves.toMatchObject({ frontier: 0 });
  await expect(checkNew({ ...NEW, changeTopic: null }, 1)).resolves.toMatchObject({ frontier: 0 });
});
