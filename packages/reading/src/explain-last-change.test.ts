import type { TierCause } from '@tidemark/contracts';
import type { CustomerId, TimeMs } from '@tidemark/domain';
import { expect, test } from 'vitest';
import { explainLastChange } from './explain-last-change.ts';
import { findScoreChangeAt } from './find-score-change.ts';
import {
  eventRecord,
  NOW,
  order,
  progressRecord,
  SILENCE,
  tickRecord,
  tierChangeRecord,
  viewChangeRecord,
  World,
} from './world.testing.ts';

const anna = 'anna' as CustomerId;
const OFFSET = 400;
const EVENT = { kind: 'event', origin: 'orders:7', eventId: 'o-7' } as const;

/** Hundreds of records of all kinds; what concerns anna stands at one timeline offset. */
function worldOf(causes: readonly TierCause[]): World {
  const world = new World();
  for (let offset = 0; offset < 800; offset++) {
    const at = (NOW + offset) as TimeMs;
    const isAnna = offset === OFFSET;
    const place = { number: offset + 1, timelineOffset: offset, effectiveAt: at };
    world.append('timeline', isAnna ? eventRecord('anna', order('o-7', at, 500), 'orders', 7, at) : tickRecord(at));
    const who = isAnna ? 'anna' : 'bert';
    // For a long while nothing but progress.
    if (offset % 100 === 0)
      world.append('rfm-changes', viewChangeRecord('rfm', who, { ...place, step: 1, cause: EVENT }));
    world.append('rfm-changes', progressRecord(offset));
    world.append('tier-changes', tierChangeRecord(who, { ...place, change: 3, ...(isAnna ? { causes } : {}) }));
  }
  return world;
}

const state = { since: (NOW + OFFSET) as TimeMs, changes: 3 };

test('an event is shown as the very record, with the view that it changed', async () => {
  const { log } = worldOf([{ score: 'rfm', ...EVENT }]).reading;
  expect(await explainLastChange(log, 0, anna, state)).toMatchObject({
    change: 3,
    effectiveAt: NOW + OFFSET,
    because: [
      {
        score: 'rfm',
        kind: 'event',
        view: { from: null, to: { segment: 'champions' } },
        record: { origin: 'orders:7', eventId: 'o-7', type: 'order', occurredAt: NOW + OFFSET, timelineOffset: OFFSET },
      },
    ],
  });
});

test("silence has no record, and tier's own cause no view", async () => {
  const { log } = worldOf([
    { score: 'rfm', ...SILENCE },
    { score: null, ...SILENCE },
  ]).reading;
  const found = await explainLastChange(log, 0, anna, state);
  expect(found?.because).toEqual([
    { score: 'rfm', kind: 'silence', view: { from: null, to: expect.any(Object) }, record: null },
    { score: null, kind: 'silence', view: null, record: null },
  ]);
});

test('a tick that let a timer fire is no cause', async () => {
  const { log } = worldOf([]).reading;
  const found = await explainLastChange(log, 0, 'bert' as CustomerId, { ...state, since: (NOW + 500) as TimeMs });
  expect(found?.because).toMatchObject([{ kind: 'silence', view: { to: { segment: 'champions' } }, record: null }]);
});

test('a cause whose record or change the log no longer has is told without it', async () => {
  const { log } = worldOf([{ score: 'churn', ...EVENT, origin: 'orders:8' }]).reading;
  expect(await explainLastChange(log, 0, anna, state)).toMatchObject({ because: [{ view: null, record: null }] });
});

test('a change of another number, time or customer is not taken for it', async () => {
  const { log } = worldOf([]).reading;
  expect(await explainLastChange(log, 0, anna, { ...state, changes: 2 })).toBeNull();
  expect(await explainLastChange(log, 0, anna, { ...state, since: (state.since + 1) as TimeMs })).toBeNull();
  expect(await explainLastChange(log, 0, 'carl' as CustomerId, state)).toBeNull();
});

test('a change of a view is found by its time alone, from the end of the log', async () => {
  const { log } = worldOf([]).reading;
  const find = (at: number) => findScoreChangeAt(log, 'rfm', { lane: 0, customerId: anna, at: at as TimeMs });
  expect(await find(state.since)).toMatchObject({ score: 'rfm', at: state.since, cause: EVENT });
  expect(await find(state.since - 1)).toBeNull();
});
