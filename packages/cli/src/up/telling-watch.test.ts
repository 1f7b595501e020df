import type { LaneStatus } from '@tidemark/stream';
import type { UnifyLaneStatus } from '@tidemark/timeline';
import { describe, expect, test } from 'vitest';
import { TellingWatch } from './telling-watch.ts';

const tier: LaneStatus = {
  lane: 0,
  next: 10,
  streamTime: 0 as LaneStatus['streamTime'],
  clock: 'live',
  isAcquired: true,
  fault: null,
  waitsFor: [],
  outboxDepth: 0,
  outboxWaitingMs: 0,
  isBeside: false,
  endedBy: null,
};
const unify: UnifyLaneStatus = {
  lane: 0,
  isAcquired: true,
  fault: null,
  logTime: 0 as UnifyLaneStatus['logTime'],
  clock: 'live',
  dedupReachesBackTo: null,
  waitsForRegistry: false,
  earliestAt: null,
  currency: null,
  next: new Map([['orders', 3]]),
};
const waiting = (lane: number, next = 10): LaneStatus => ({ ...tier, lane, next, waitsFor: ['churn-changes'] });

/** Looks once a second at what each second has, and gives what was said in which. */
function lookAt(seconds: readonly { tier?: readonly LaneStatus[]; unify?: readonly UnifyLaneStatus[] }[]) {
  const watch = new TellingWatch();
  return seconds.flatMap(({ tier: folds = [], unify: lanes = [] }, second) =>
    watch
      .look({ folds: new Map([['tier', () => folds]]), unify: () => lanes }, second * 1_000)
      .map((line) => `${second}: ${line}`),
  );
}

describe('a lane that stands still for 5 s says what it waits for, once', () => {
  test('tier for a score, its lanes in one line', () => {
    const lines = lookAt(Array.from({ length: 20 }, () => ({ tier: [waiting(0), waiting(2), { ...tier, lane: 1 }] })));
    expect(lines).toEqual([
      expect.stringMatching(/^5: Standing still for 5 s: tier waits for churn-changes \(lanes 0, 2\)\. .*doctor/),
    ]);
  });

  test('a lane that moves meanwhile, or waits for nothing, says nothing; one that stands again says so again', () => {
    const moving = Array.from({ length: 20 }, (_, second) => ({ tier: [waiting(0, second)] }));
    expect(lookAt(moving)).toEqual([]);
    expect(lookAt(Array.from({ length: 20 }, () => ({ tier: [tier], unify: [unify] })))).toEqual([]);
    const twice = Array.from({ length: 20 }, (_, second) => ({ tier: [waiting(0, second < 10 ? 10 : 11)] }));
    expect(lookAt(twice).map((line) => line.split(':')[0])).toEqual(['5', '15']);
  });

  test('one that nobody here has, and unify without the registry', () => {
    const lost = { tier: [{ ...tier, isAcquired: false }], unify: [{ ...unify, waitsForRegistry: true }] };
    expect(lookAt(Array.from({ length: 9 }, () => lost))).toEqual([
      expect.stringMatching(/^5: .*unify waits for the schema registry \(lane 0\)/),
      expect.stringMatching(/^5: .*tier waits for its lane: another process has it/),
    ]);
  });

  test('one at fault has its own message', () => {
    const faulted = { tier: [{ ...waiting(0), fault: 'corrupt-record' as const }] };
    expect(lookAt(Array.from({ length: 9 }, () => faulted))).toEqual([]);
  });
});

test('each new kind of dead letter is said once, with its page', () => {
  const watch = new TellingWatch();
  const look = () => watch.look({ folds: new Map(), unify: () => [] }, 0);
  watch.ofUnify.refused?.(0, 'invalid-field');
  watch.ofUnify.refused?.(1, 'invalid-field');
  watch.ofFolds.committed?.('rfm', 0, { deadLetters: ['too-old', 'too-old'] } as never, {} as never);
  expect(look()).toEqual([
    expect.stringMatching(/^A first dead letter of unify: invalid-field \(.*invalid-field\)\. .*dead-letters list/),
    expect.stringMatching(/^A first dead letter of rfm: too-old/),
  ]);
  watch.ofUnify.refused?.(0, 'invalid-field');
  watch.ofUnify.refused?.(0, 'future');
  expect(look()).toEqual([expect.stringContaining('unify: future')]);
});

test('a fold that is silent beside the version in force is said once, with what ends that', () => {
  const watch = new TellingWatch();
  const look = (isBeside: boolean) => {
    return watch.look({ folds: new Map([['rfm', () => [tier, { ...tier, lane: 1, isBeside }]]]), unify: () => [] }, 0);
  };
  expect(look(false)).toEqual([]);
  expect(look(true)).toEqual([expect.stringMatching(/^rfm folds beside .*`npx tidemark upgrade --service rfm`/)]);
  expect(look(true)).toEqual([]);
});
