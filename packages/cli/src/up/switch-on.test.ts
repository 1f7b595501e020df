import { DAY_MS, type Policy } from '@tidemark/domain';
import { defaultPolicy } from '@tidemark/policy';
import type { NewRecord } from '@tidemark/stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  Folders,
  inFolder,
  laneOfCustomer,
  rawVisit,
  replayedFolder,
  runLive,
  send,
  storedState,
  topicEnds,
} from '../testing/folders.ts';
import { runTidemark } from '../testing/run-tidemark.ts';

// All services on a data folder, with a facet that no policy has switched on, and then one has.

const folders = new Folders();
const OFF = defaultPolicy();
const ON: Policy = {
  ...OFF,
  visits: { windowDays: 7, bands: { some: 2, many: 9 } },
  tiers: { ...OFF.tiers, points: { ...OFF.tiers.points, 'visits.band': { some: 500 } } },
};

let live: string;

beforeAll(async () => {
  live = await replayedFolder(folders);
  await runLive(live, OFF);
  await send(live, 'interactions', laneOfCustomer('anna'), [visit('anna', 1), visit('anna', 2), visit('anna', 10)]);
  await runLive(live, OFF);
});

afterAll(() => folders.remove());

describe('a facet that is off in a folder', () => {
  test('has no state and no record, and neither verify nor doctor misses it', async () => {
    expect((await topicEnds(live))['visits-changes']).toEqual([0, 0, 0]);
    expect(storedState(live, 'visits')).toBe(storedState(live, 'nobody'));
    const metas = await inFolder(live, ({ store }) => store.metas(0));
    expect([...metas.keys()]).not.toContain('visits');
    expect(JSON.parse(metas.get('tier') ?? '{}').inputs).not.toHaveProperty('visits-changes');
    const verified = await runTidemark(['verify', '--data', live]);
    expect(verified.stdout).toContain('0 differences');
    expect(verified.stdout).not.toContain('have yet to fold');
    const { code, stdout } = await runTidemark(['doctor', '--data', live]);
    expect([code, stdout]).toEqual([expect.any(Number), expect.not.stringContaining('visits')]);
    expect(JSON.parse((await runTidemark(['profile', 'anna', '--json', '--data', live])).stdout).visits).toBeNull();
    expect((await runTidemark(['profile', 'anna', '--data', live])).stdout).not.toContain('Visits');
  });
});

describe('a policy that switches it on in a folder with history', () => {
  let on: string;

  beforeAll(async () => {
    on = folders.copy(live);
    await runLive(on, ON);
  });

  test('starts its service, which folds the history: every view is told at the policy, and tier decides with it', async () => {
    const { visits: counted, tier } = JSON.parse(
      (await runTidemark(['profile', 'anna', '--json', '--data', on])).stdout,
    );
    expect(counted).toMatchObject({ view: { band: 'some' }, exact: { visits: 2 } });
    expect(tier.tier).toBe('platinum');
    const changes = (await runTidemark(['tail', 'tier-changes', '--data', on])).stdout.trim().split('\n');
    const last = JSON.parse(changes.at(-1) ?? '{}');
    expect(last.value.causes).toEqual(
      expect.arrayContaining([expect.objectContaining({ score: 'visits', kind: 'policy' })]),
    );
    expect((await runTidemark(['verify', '--data', on])).stdout).toContain('0 differences');
  });

  test('leaves it on at the next start, which asks for no policy, and in a rebuild of tier', async () => {
    const again = folders.copy(on);
    await send(
      again,
      'interactions',
      laneOfCustomer('anna'),
      Array.from({ length: 9 }, (_, n) => visit('anna', n / 100)),
    );
    await runLive(again, ON);
    const { visits: counted } = JSON.parse((await runTidemark(['profile', 'anna', '--json', '--data', again])).stdout);
    expect(counted).toMatchObject({ view: { band: 'many' }, exact: { visits: 11 } });
    for (const service of ['tier', 'visits']) {
      const before = storedState(again, service);
      const { code, stdout } = await runTidemark(['rebuild', '--service', service, '--yes', '--data', again]);
      expect([code, stdout]).toEqual([0, expect.stringContaining('0 new records were')]);
      expect(storedState(again, service)).toBe(before);
    }
  });

  test('is not followed by one without the section: nothing is written, and it is said why', async () => {
    const before = await topicEnds(on);
    await expect(runLive(on, OFF)).rejects.toThrow(
      /^Expected a policy with a section visits, as policy 2 has, found one without\. Nothing was written: .*what is on stays on/,
    );
    expect(await topicEnds(on)).toEqual(before);
  });
});

let visits = 0;

function visit(customerId: string, daysAgo: number): NewRecord {
  return rawVisit(customerId, `visit-${++visits}`, Math.round(Date.now() - 60_000 - daysAgo * DAY_MS));
}
