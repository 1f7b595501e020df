import { defaultPolicy } from '@tidemark/policy';
import type { JudgedControl } from '@tidemark/timeline';
import { expect, test } from 'vitest';
import { Failure } from '../terminal/failure.ts';
import type { LaneStand } from './lane-stand.ts';
import { checkUpgrade, describeForce } from './plan.ts';

type Service = Parameters<typeof checkUpgrade>[1];

const rfm = { name: 'rfm', version: 3, changeTopic: 'rfm-changes', isOn: () => true } as unknown as Service;
const judged = { next: 9, clock: 'live', policy: { policy: defaultPolicy() } } as unknown as JudgedControl;
const whole = { bounds: async () => ({ start: 0, end: 9 }) } as never;

function stand(lane: number, changes: Partial<LaneStand> = {}): LaneStand {
  return { lane, judged, cutovers: [], force: new Map(), inForce: 2, ...changes };
}

/** Why it is refused; null where it is not. */
async function refusalOf(lanes: readonly LaneStand[], service = rfm, log = whole): Promise<string | null> {
  const error = await checkUpgrade({ log }, service, lanes).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error === null) return null;
  expect(error).toBeInstanceOf(Failure);
  expect((error as Failure).message).toMatch(/^Expected .* found .*Nothing was changed/);
  return (error as Failure).message;
}

test('a version after the one in force may take over, in some lanes too where it has begun', async () => {
  expect(await refusalOf([stand(0), stand(1)])).toBeNull();
  const own = { facet: 'rfm', version: 3, offset: 4 };
  expect(await refusalOf([stand(0, { cutovers: [own] }), stand(1)])).toBeNull();
  // Another fold's upgrade that is over, in `control` of one lane and in what the other has folded.
  const over = { facet: 'churn', version: 4, offset: 2 };
  expect(await refusalOf([stand(0, { cutovers: [over] }), stand(1, { force: new Map([['churn', 4]]) })])).toBeNull();
});

test('another upgrade that has come to some lanes only is named, with how to go on', async () => {
  const churn = { facet: 'churn', version: 4, offset: 2 };
  const told = await refusalOf([stand(0, { cutovers: [churn] }), stand(1), stand(2)]);
  expect(told).toContain('version 4 of churn takes over in some lanes and not yet in lanes 1, 2');
  expect(told).toContain('`npx tidemark upgrade --service churn` of the build that has version 4');
  const between = { ...rfm, version: 4 } as Service;
  expect(
    await refusalOf([stand(0, { cutovers: [{ facet: 'rfm', version: 3, offset: 1 }] }), stand(1)], between),
  ).toContain('version 3 of rfm takes over in some lanes');
});

test('a newer version in force, or on its way, is not gone behind', async () => {
  expect(await refusalOf([stand(0, { inForce: 4 }), stand(1)])).toContain('found version 4 in lane 0');
  const newer = { facet: 'rfm', version: 5, offset: 1 };
  expect(await refusalOf([stand(0), stand(1, { cutovers: [newer] })])).toContain('found version 5 in lane 1');
});

test('a lane without a policy, a fold that is off, and a topic whose start is gone are refused with what to do', async () => {
  expect(await refusalOf([stand(0), stand(1, { judged: { ...judged, policy: null } })])).toContain(
    'found none in lane 1',
  );
  expect(await refusalOf([stand(0)], { ...rfm, isOn: () => false } as Service)).toContain(
    'Apply a policy with its section',
  );
  for (const cut of ['timeline', 'rfm-changes']) {
    const log = {
      bounds: async (topic: string, lane: number) => ({ start: topic === cut && lane === 1 ? 5 : 0, end: 9 }),
    };
    expect(await refusalOf([stand(0), stand(1)], rfm, log as never)).toMatch(
      new RegExp(`expected ${cut} from offset 0 on, found that its start is gone in lane 1.*backup`, 'i'),
    );
  }
});

test('what is in force is told lane by lane only where lanes differ', () => {
  expect(describeForce([stand(0), stand(1)])).toBe('version 2 in every lane');
  expect(describeForce([stand(0, { inForce: 3 }), stand(1), stand(2)])).toBe(
    'version 2 in lanes 1, 2, version 3 in lane 0',
  );
});
