import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TierPolicy } from '../policy.ts';
import { DAY_MS, type TimeMs } from '../time.ts';
import { type TierInput, type TierStep, tierHistory } from './batch.ts';
import {
  type ChangedView,
  decideTier,
  reasonsFor,
  type TierDecision,
  type TierState,
  takeOverTier,
  tierNextDueAt,
} from './decide.ts';

const START = Date.UTC(2026, 0, 1) as TimeMs;

/** One score whose attribute is worth its own value in points, and others for special cases. */
const policy: TierPolicy = {
  points: {
    'a.worth': Object.fromEntries(Array.from({ length: 101 }, (_, points) => [points, points])),
    'b.bonus': { yes: 5, no: 0, penalty: -5 },
    'c.fraction': { most: 0.7, rest: 0.1, tiny: -1e-9 },
  },
  tiers: [
    { name: 'base', enter: 0, leave: 0 },
    { name: 'silver', enter: 30, leave: 20 },
    { name: 'gold', enter: 60, leave: 50 },
    { name: 'top', enter: 90, leave: 80 },
  ],
  minimumStayDays: 0,
  graceDays: 0,
};

describe('a first decision', () => {
  test.each([
    [0, 'base'],
    [29, 'base'],
    [30, 'silver'],
    [60, 'gold'],
    [100, 'top'],
  ])('of %i points enters %s', (points, tier) => {
    const { state, change } = decideTier(null, worth(points), START, policy);
    expect(state.tier).toBe(tier);
    expect(change).toMatchObject({ number: 1, from: null, to: tier, direction: 'enter', points });
  });

  test('of negative points enters the base tier', () => {
    expect(decideTier(null, [{ score: 'b', view: { bonus: 'penalty' } }], START, policy).state.tier).toBe('base');
  });
});

describe('a version that takes over', () => {
  const own = decideTier(null, worth(60), START, policy).state;
  const later = (START + 9 * DAY_MS) as TimeMs;

  test('tells nothing of whom it sees where they were told to be, and goes on from that change', () => {
    const told = { tier: 'gold', changes: 4, at: (START + DAY_MS) as TimeMs };
    const { state, change } = takeOverTier(own, told, later, policy);
    expect(change).toBeNull();
    expect(state).toEqual({ ...own, changes: 4, since: told.at });
  });

  test('tells of whom it sees elsewhere one change from there, numbered on, from which the stay runs', () => {
    const { state, change } = takeOverTier(own, { tier: 'top', changes: 4, at: START }, later, policy);
    expect(change).toMatchObject({ number: 5, from: 'top', to: 'gold', direction: 'down', points: 60 });
    expect(state).toEqual({ ...own, changes: 5, since: later });
  });

  test('enters whom nobody was told of, and brings whom it knows nothing of to the base tier', () => {
    expect(takeOverTier(own, null, later, policy).change).toMatchObject({ number: 1, from: null, direction: 'enter' });
    const { state, change } = takeOverTier(null, { tier: 'gold', changes: 2, at: START }, later, policy);
    expect(change).toMatchObject({ number: 3, from: 'gold', to: 'base', direction: 'down' });
    expect(state).toEqual({ views: {}, tier: 'base', points: 0, since: later, changes: 3 });
  });
});

describe('hysteresis', () => {
  test('keeps a tier between its leave and its enter, whichever way the points came', () => {
    expect(tiersOf(policy, [0, 60], [1, 50], [2, 59], [3, 49], [4, 59])).toEqual([
      'gold',
      'gold',
      'gold',
      'silver',
      'silver',
    ]);
  });

  test('with neither grace nor minimum stay a fall is immediate, to the tier whose leave the points reach', () => {
    expect(tiersOf(policy, [0, 95], [1, 79], [2, 19])).toEqual(['top', 'gold', 'base']);
    expect(tiersOf(policy, [0, 95], [1, 45])).toEqual(['top', 'silver']);
  });

  test('a rise passes over tiers', () => {
    expect(tiersOf(policy, [0, 0], [1, 90])).toEqual(['base', 'top']);
  });
});

describe('grace', () => {
  const patient = { ...policy, graceDays: 10 };

  test('delays a fall until points were below for all of it', () => {
    const state = run(patient, [0, 60], [1, 40]).state;
    expect(state).toMatchObject({ tier: 'gold', points: 40, since: day(0), belowSince: day(1), changes: 1 });
    expect(tierNextDueAt(state, day(1), patient)).toBe(day(11));
    expect(decideTier(state, [], (day(11) - 1) as TimeMs, patient).change).toBeNull();
    expect(decideTier(state, [], day(11), patient).change).toMatchObject({
      number: 2,
      from: 'gold',
      to: 'silver',
      direction: 'down',
    });
  });

  test('runs on while points change below the threshold, and the points at its end decide', () => {
    const state = run(patient, [0, 60], [1, 40], [5, 10]).state;
    expect(state.belowSince).toBe(day(1));
    expect(decideTier(state, [], day(11), patient).state.tier).toBe('base');
  });

  test('starts anew when it was broken', () => {
    const broken = run(patient, [0, 60], [1, 40], [9, 50]).state;
    expect(broken.belowSince).toBeUndefined();
    expect(tierNextDueAt(broken, day(9), patient)).toBeNull();
    const again = decideTier(broken, worth(40), day(10), patient).state;
    expect(tierNextDueAt(again, day(10), patient)).toBe(day(20));
  });

  test('does not delay a rise, which ends a pending fall', () => {
    const { state, change } = run(patient, [0, 60], [1, 40], [2, 95]);
    expect(change).toMatchObject({ from: 'gold', to: 'top', direction: 'up' });
    expect(tierNextDueAt(state, day(2), patient)).toBeNull();
  });
});

describe('minimum stay', () => {
  const sticky = { ...policy, minimumStayDays: 30 };

  test('delays a fall, not a rise', () => {
    const state = run(sticky, [0, 60], [1, 40]).state;
    expect(tierNextDueAt(state, day(1), sticky)).toBe(day(30));
    expect(run(sticky, [0, 60], [1, 95]).state.tier).toBe('top');
  });

  test('counts from the last change of tier', () => {
    const fallen = decideTier(run(sticky, [0, 60], [1, 40]).state, [], day(30), sticky).state;
    expect(fallen).toMatchObject({ tier: 'silver', since: day(30) });
    const lower = decideTier(fallen, worth(0), day(31), sticky).state;
    expect(tierNextDueAt(lower, day(31), sticky)).toBe(day(60));
  });

  test('and grace run side by side: the later one decides', () => {
    const both = { ...sticky, graceDays: 10 };
    expect(tierNextDueAt(run(both, [0, 60], [1, 40]).state, day(1), both)).toBe(day(30));
    expect(tierNextDueAt(run(both, [0, 60], [25, 40]).state, day(25), both)).toBe(day(35));
  });
});

describe('the next due time', () => {
  test('is a whole millisecond, even of a fraction of a day', () => {
    const odd = { ...policy, graceDays: 1.000_000_001 };
    const { state } = run(odd, [0, 60], [1, 40]);
    const dueAt = tierNextDueAt(state, day(1), odd);
    expect(dueAt).toBe(day(2) + 1);
    expect(decideTier(state, [], day(2), odd).change).toBeNull();
    expect(decideTier(state, [], (day(2) + 1) as TimeMs, odd).change).not.toBeNull();
  });

  test('of a fall that is late already is the next millisecond', () => {
    const patient = { ...policy, graceDays: 10 };
    const { state } = run(patient, [0, 60], [1, 40]);
    expect(tierNextDueAt(state, day(11), patient)).toBe(day(11) + 1);
  });
});

describe('a new policy', () => {
  const customer = run(policy, [0, 60]).state;
  const inForce = (changes: Partial<TierPolicy>) => decideTier(customer, [], day(1), { ...policy, ...changes });

  test('with higher thresholds starts a fall, from the moment it takes effect', () => {
    const raised = {
      ...policy,
      tiers: policy.tiers.map((rule) => ({ ...rule, leave: rule.leave + 20 })),
      graceDays: 3,
    };
    const { state, change } = decideTier(customer, [], day(1), raised);
    expect(change).toBeNull();
    expect(tierNextDueAt(state, day(1), raised)).toBe(day(4));
  });

  test('with other points decides by them', () => {
    const { state, change } = inForce({ points: { 'a.worth': { 60: 90 } } });
    expect(change).toMatchObject({ to: 'top', points: 90, reasons: [{ view: 'a.worth', value: 60, points: 90 }] });
    expect(state.points).toBe(90);
  });

  test('with a shorter grace ends a pending fall that has lasted longer already', () => {
    const pending = run({ ...policy, graceDays: 10 }, [0, 60], [1, 40]).state;
    expect(decideTier(pending, [], day(5), { ...policy, graceDays: 2 }).state.tier).toBe('silver');
  });

  test('without the tier of a customer moves them at once to what their points earn, as from the base', () => {
    const withoutGold = policy.tiers.filter((rule) => rule.name !== 'gold');
    expect(inForce({ tiers: withoutGold, graceDays: 9, minimumStayDays: 9 }).change).toMatchObject({
      number: 2,
      from: 'gold',
      to: 'silver',
      direction: 'up',
    });
    const onlyBase = policy.tiers.slice(0, 1);
    expect(inForce({ tiers: onlyBase }).change).toMatchObject({ from: 'gold', to: 'base', direction: 'down' });
  });

  test('that changes nothing for a customer gives no change', () => {
    expect(inForce({ graceDays: 5 })).toEqual({ state: customer, change: null });
  });
});

describe('points', () => {
  test('are the sum over all views; a value, an attribute or a score that the policy does not name gives none', () => {
    const changed: ChangedView[] = [
      { score: 'b', view: { bonus: 'yes', other: 1 } },
      { score: 'a', view: { worth: 40 } },
      { score: 'z', view: { bonus: 'yes' } },
      { score: 'c', view: null },
    ];
    expect(decideTier(null, changed, START, policy).state.points).toBe(45);
    expect(reasonsFor({ b: { bonus: 'constructor' } }, { ...policy, points: { 'b.bonus': {} } })).toEqual([]);
    expect(reasonsFor({ a: { constructor: 'x' } }, policy)).toEqual([]);
  });

  test('are explained by what is not zero, sorted by view', () => {
    const changed = [
      { score: 'c', view: { fraction: 'most' } },
      { score: 'b', view: { bonus: 'penalty' } },
      { score: 'a', view: { worth: 0 } },
    ];
    expect(decideTier(null, changed, START, policy).change?.reasons).toEqual([
      { view: 'b.bonus', value: 'penalty', points: -5 },
      { view: 'c.fraction', value: 'most', points: 0.7 },
    ]);
  });

  test('are explained in the order of the names, whatever the order within a view', () => {
    const both = { ...policy, points: { 'a.x': { yes: 1 }, 'a.y': { yes: 2 }, 'a-b.x': { yes: 3 } } };
    const reasons = reasonsFor({ a: { y: 'yes', x: 'yes' }, 'a-b': { x: 'yes' } }, both);
    expect(reasons.map((reason) => reason.view)).toEqual(['a-b.x', 'a.x', 'a.y']);
  });

  test('that are decimals add up as on paper: 0.7 + 0.1 reaches 0.8', () => {
    const decimal: TierPolicy = {
      ...policy,
      points: { 'c.x': { most: 0.7 }, 'c.y': { rest: 0.1 } },
      tiers: [
        { name: 'base', enter: 0, leave: 0 },
        { name: 'member', enter: 0.8, leave: 0.8 },
      ],
    };
    const { state } = decideTier(null, [{ score: 'c', view: { x: 'most', y: 'rest' } }], START, decimal);
    expect(state).toMatchObject({ tier: 'member', points: 0.8 });
  });

  test('are never minus zero', () => {
    const { state } = decideTier(null, [{ score: 'c', view: { fraction: 'tiny' } }], START, policy);
    expect(Object.is(state.points, 0)).toBe(true);
  });
});

test('a state is the same bytes whatever the order in which its views came', () => {
  const views: ChangedView[] = [
    { score: 'rfm', view: { segment: 'new' } },
    { score: 'behaviour', view: null },
    { score: 'churn', view: { risk: 'low' } },
  ];
  const together = decideTier(null, views, START, policy).state;
  const apart = views
    .toReversed()
    .reduce<TierState | null>((state, view) => decideTier(state, [view], START, policy).state, null);
  expect(JSON.stringify(apart)).toBe(JSON.stringify(together));
  expect(JSON.stringify(together)).toBe(
    `{"views":{"behaviour":null,"churn":{"risk":"low"},"rfm":{"segment":"new"}},"tier":"base","points":0,"since":${START},"changes":1}`,
  );
});

test('a customer may change there and back within one millisecond: two changes, each from where the last one led', () => {
  const entered = decideTier(null, worth(10), START, policy);
  const up = decideTier(entered.state, worth(70), START, policy);
  const back = decideTier(up.state, worth(10), START, policy);
  const again = decideTier(back.state, [], START, policy);
  const told = [entered, up, back, again].flatMap(({ change }) => (change === null ? [] : [change]));
  expect(told.map(({ number, from, to }) => [number, from, to])).toEqual([
    [1, null, 'base'],
    [2, 'base', 'gold'],
    [3, 'gold', 'base'],
  ]);
});

test('a policy without tiers is an error of the programmer', () => {
  expect(() => decideTier(null, [], START, { ...policy, tiers: [] })).toThrow('at least one tier');
});

const HALF_DAY_MS = DAY_MS / 2;
const halfDays = fc.integer({ min: 0, max: 8 }).map((halves) => halves / 2);
const policies = fc
  .record({
    leaves: fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 }),
    margin: fc.nat(3),
    names: fc.shuffledSubarray(['one', 'two', 'three', 'four', 'five'], { minLength: 5 }),
    points: fc.array(fc.integer({ min: -2, max: 6 }), { minLength: 6, maxLength: 6 }),
    isRenamed: fc.boolean(),
    minimumStayDays: halfDays,
    graceDays: halfDays,
  })
  .map(({ leaves, margin, names, points, isRenamed, minimumStayDays, graceDays }): TierPolicy => {
    const used = isRenamed ? names : ['one', 'two', 'three', 'four', 'five'];
    const thresholds = leaves.toSorted((a, b) => a - b).map((leave) => ({ enter: leave + margin, leave }));
    return {
      points: {
        'a.band': { low: points[0] ?? 0, mid: points[1] ?? 0, high: points[2] ?? 0 },
        'b.score': { 1: points[3] ?? 0, 2: points[4] ?? 0, 3: (points[5] ?? 0) / 2 },
      },
      tiers: [{ enter: 0, leave: 0 }, ...thresholds].map((rule, i) => ({ name: used[i] ?? '', ...rule })),
      minimumStayDays,
      graceDays,
    };
  });
const views: fc.Arbitrary<ChangedView> = fc.oneof(
  fc.constantFrom('low', 'mid', 'high').map((band) => ({ score: 'a', view: { band } })),
  fc.constantFrom(1, 2, 3).map((score) => ({ score: 'b', view: { score } })),
  fc.constantFrom('a', 'b').map((score) => ({ score, view: null })),
);
const inputs = fc
  .tuple(
    policies,
    fc.array(
      fc.record({
        halfDays: fc.nat(60),
        changed: fc.uniqueArray(views, { minLength: 1, maxLength: 2, selector: (view) => view.score }),
        policy: fc.option(policies, { freq: 8 }),
      }),
      { minLength: 1, maxLength: 25 },
    ),
  )
  .map(([first, rest]): TierInput[] =>
    rest
      .toSorted((a, b) => a.halfDays - b.halfDays)
      .map(({ halfDays, changed, policy }, i) => ({
        at: (START + halfDays * HALF_DAY_MS) as TimeMs,
        changed,
        policy: i === 0 ? first : policy,
      })),
  );

test('the fold with its timers gives the history that brute force over all moments gives', () => {
  fc.assert(
    fc.property(inputs, (list) => {
      const until = day(50);
      expect(foldHistory(list, until).steps).toEqual(tierHistory(list, until));
    }),
    { numRuns: 1_000 },
  );
});

test('changes are numbered densely, lead from tier to tier, and add up to their reasons', () => {
  fc.assert(
    fc.property(inputs, (list) => {
      const { changes } = foldHistory(list, day(50));
      changes.forEach((change, i) => {
        expect(change.number).toBe(i + 1);
        expect(change.from).toBe(changes[i - 1]?.to ?? null);
        expect(change.from).not.toBe(change.to);
        expect(change.reasons.reduce((sum, reason) => sum + reason.points, 0)).toBe(change.points);
      });
    }),
  );
});

/** Folds the inputs, firing each timer that is due before the next input, and checks that each timer is exact. */
function foldHistory(list: readonly TierInput[], until: TimeMs): { steps: TierStep[]; changes: TierDecision[] } {
  let state: TierState | null = null;
  let inForce = policy;
  const steps: TierStep[] = [];
  const changes: TierDecision[] = [];
  const decide = (changed: readonly ChangedView[], at: TimeMs) => {
    const decided = decideTier(state, changed, at, inForce);
    expect(JSON.parse(JSON.stringify(decided.state))).toStrictEqual(decided.state);
    state = decided.state;
    if (decided.change === null) return;
    changes.push(decided.change);
    steps.push({ at, tier: decided.change.to, points: decided.change.points });
  };
  const fireBefore = (end: number, now: TimeMs) => {
    if (state === null) return;
    const dueAt = tierNextDueAt(state, now, inForce);
    if (dueAt === null || dueAt >= end) return;
    expect(dueAt).toBeGreaterThan(now);
    expect(decideTier(state, [], (dueAt - 1) as TimeMs, inForce)).toEqual({ state, change: null });
    decide([], dueAt);
    expect(changes.at(-1)?.direction).toBe('down');
    // A fall is into a tier where the points are enough, so nothing further is due.
    expect(tierNextDueAt(state, dueAt, inForce)).toBeNull();
  };
  let now = list[0]?.at ?? START;
  for (const input of list) {
    fireBefore(input.at, now);
    inForce = input.policy ?? inForce;
    decide(input.changed, input.at);
    now = input.at;
  }
  fireBefore(until + 1, now);
  return { steps, changes };
}

function run(inForce: TierPolicy, ...pointsByDay: readonly (readonly [number, number])[]) {
  const [[firstDay, firstPoints], ...rest] = pointsByDay as [
    readonly [number, number],
    ...(readonly [number, number])[],
  ];
  let decided = decideTier(null, worth(firstPoints), day(firstDay), inForce);
  for (const [days, points] of rest) decided = decideTier(decided.state, worth(points), day(days), inForce);
  return decided;
}

/** The tier after each of the days with their points. */
function tiersOf(inForce: TierPolicy, ...pointsByDay: readonly (readonly [number, number])[]): string[] {
  return pointsByDay.map((_, i) => run(inForce, ...pointsByDay.slice(0, i + 1)).state.tier);
}

function worth(points: number): ChangedView[] {
  return [{ score: 'a', view: { worth: points } }];
}

function day(days: number): TimeMs {
  return (START + days * DAY_MS) as TimeMs;
}
