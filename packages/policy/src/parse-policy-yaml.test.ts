import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DEFAULT_POLICY_FILE, defaultPolicy } from './default-policy.ts';
import { parsePolicyYaml } from './parse-policy-yaml.ts';
import { NO_THRESHOLD } from './policy-units.ts';

const FILE = readFileSync(DEFAULT_POLICY_FILE, 'utf8');

describe('a policy file', () => {
  test('says amounts in major units, and the policy has them in minor units of the base currency', () => {
    const { rfm } = policyOf(edited(['monetary: [20, 50, 100, 250]', 'monetary: [0.07, 19.99, 100, 250]']));
    expect(rfm.monetaryMinor).toEqual([7, 1_999, 10_000, 25_000]);
    const yen = policyOf(edited(['base: USD', 'base: JPY'], ['[20, 50, 100, 250]', '[2000, 5000, 10000, 25000]']));
    expect(yen.rfm.monetaryMinor).toEqual([2_000, 5_000, 10_000, 25_000]);
    const dinar = policyOf(edited(['base: USD', 'base: KWD'], ['[20, 50, 100, 250]', '[0.125, 50, 100, 250]']));
    expect(dinar.rfm.monetaryMinor[0]).toBe(125);
  });

  test('gives the lowest tier no threshold', () => {
    expect(policyOf(FILE).tiers.tiers[0]).toEqual({ name: 'member', enter: NO_THRESHOLD, leave: NO_THRESHOLD });
  });

  test('may do without rates and spend bands', () => {
    const text = edited([/ {2}rates:.*\n/, ''], [/ {2}spend_bands:.*\n/, ''], [/ {2}rfm.spend:.*\n/, '']);
    expect(policyOf(text)).toMatchObject({ currency: { rates: {} }, rfm: { spendBandsMinor: [] } });
  });

  test('may name rates of other currencies, and equal cuts, as quantiles with ties have', () => {
    const text = edited(['rates: {}', 'rates: { EUR: 1.08 }'], ['frequency: [1, 2, 4, 8]', 'frequency: [1, 1, 4, 8]']);
    expect(policyOf(text)).toMatchObject({
      currency: { rates: { EUR: 1.08 } },
      rfm: { frequencyOrders: [1, 1, 4, 8] },
    });
  });

  test('may do without history, gap and earliest day, which then are 400 days, 12 hours and 1990', () => {
    const without: Edit[] = [
      [/^events:\n.*\n/m, ''],
      [/^orders:\n.*\n/m, ''],
      [/ {2}occasion_gap_hours:.*\n/, ''],
    ];
    expect(policyOf(edited(...without))).toEqual(defaultPolicy());
    expect(policyOf(edited(...without))).toMatchObject({
      events: { earliestAt: Date.UTC(1990, 0, 1) },
      orders: { historyDays: 400 },
      churn: { occasionGapHours: 12 },
    });
    expect(policyOf(edited(...without, ['window_days: 365', 'window_days: 500'])).orders.historyDays).toBe(500);
  });

  test('says how long orders are remembered, how far apart purchases are, and the first day of events', () => {
    const text = edited(
      ['earliest: 1990-01-01', 'earliest: 2004-02-29'],
      ['history_days: 400', 'history_days: 730.5'],
      ['gap_hours: 12', 'gap_hours: 36'],
    );
    expect(policyOf(text)).toMatchObject({
      events: { earliestAt: Date.UTC(2004, 1, 29) },
      orders: { historyDays: 730.5 },
      churn: { occasionGapHours: 36 },
    });
  });

  test('may use anchors', () => {
    const text = edited(['recency_days: [', 'recency_days: &days ['], ['frequency: [1, 2, 4, 8]', 'frequency: *days']);
    expect(policyOf(text).rfm.frequencyOrders).toEqual(policyOf(text).rfm.recencyDays);
  });

  test('that is the default one has four tiers and points for views of every score', () => {
    const { tiers } = defaultPolicy();
    expect(tiers.tiers.map(({ name }) => name)).toEqual(['member', 'silver', 'gold', 'platinum']);
    expect(new Set(Object.keys(tiers.points).map((view) => view.split('.')[0]))).toEqual(
      new Set(['rfm', 'behaviour', 'churn']),
    );
  });
});

describe('problems of a policy file', () => {
  test('come all at once, in the order of the file, with path, line, column, expected and found', () => {
    const text = edited(
      ['base: USD', 'base: usd'],
      ['half_life_days: 14', 'half_life_days: 0'],
      ['champions: 40', 'champion: 40'],
      ['leave: 42', 'leave: 60'],
    );
    expect(problemsOf(text)).toEqual([
      {
        path: 'currency.base',
        ...placeOf(text, 'usd'),
        expected: 'an ISO 4217 code in capitals, such as USD',
        found: '"usd"',
      },
      {
        path: 'behaviour.half_life_days',
        ...placeOf(text, '0\n  weights'),
        expected: 'a number of days above 0, at most 36525',
        found: '0',
      },
      {
        path: 'points["rfm.segment"].champion',
        ...placeOf(text, 'champion:'),
        expected: expect.stringContaining('(did you mean champions?)'),
        found: '"champion"',
      },
      { path: 'tiers[2].leave', ...placeOf(text, '60 }'), expected: 'at most enter, 55', found: '60' },
    ]);
  });

  test.each<[string, [string | RegExp, string], string, string, string]>([
    [
      'a key that is not known',
      ['grace_days: 14', 'grace_day: 14'],
      'grace_day',
      'did you mean grace_days?',
      '"grace_day"',
    ],
    ['a key that is missing', ['grace_days: 14', ''], 'grace_days', 'a number of days', 'nothing'],
    ['a value that is missing', ['base: USD', 'base:'], 'currency.base', 'ISO 4217', 'nothing'],
    ['text for a number', ['medium: 0.6', 'medium: "0.6"'], 'churn.bands.medium', 'between 0 and 1', '"0.6"'],
    ['a number that is not finite', ['hot: 25', 'hot: .inf'], 'behaviour.bands.hot', 'above 0', 'Infinity'],
    ['a rate of an unknown currency', ['rates: {}', 'rates: { XXZ: 1 }'], 'currency.rates.XXZ', 'ISO 4217', '"XXZ"'],
    ['a rate of the base', ['rates: {}', 'rates: { USD: 1 }'], 'currency.rates.USD', 'other than the base', '"USD"'],
    ['a fraction of a cent', ['[20, 50', '[20.001, 50'], 'rfm.monetary[0]', 'at most 2 decimals', '20.001'],
    ['cuts that descend', ['[1, 2, 4, 8]', '[1, 4, 2, 8]'], 'rfm.frequency[2]', 'ascending', '2'],
    ['three cuts', ['[1, 2, 4, 8]', '[1, 2, 4]'], 'rfm.frequency', 'four', 'a list of 3'],
    ['a recency cut beyond the window', ['150, 270]', '150, 365]'], 'rfm.recency_days[3]', 'below window_days', '365'],
    ['a history shorter than the window', ['days: 400', 'days: 364'], 'orders.history_days', 'window_days, 365', '364'],
    ['a history of more than ten years', ['days: 400', 'days: 3651'], 'orders.history_days', 'at most 3650', '3651'],
    ['a window of more than ten years', ['days: 365', 'days: 3651'], 'rfm.window_days', 'at most 3650', '3651'],
    ['a gap of 0', ['gap_hours: 12', 'gap_hours: 0'], 'churn.occasion_gap_hours', 'hours above 0', '0'],
    ['a gap of two months', ['gap_hours: 12', 'gap_hours: 1440'], 'churn.occasion_gap_hours', 'at most 720', '1440'],
    ['a day before 1970', ['1990-01-01', '1969-12-31'], 'events.earliest', 'from 1970-01-01 on', '"1969-12-31"'],
    ['a day that no calendar has', ['1990-01-01', '2023-02-29'], 'events.earliest', 'a date', '"2023-02-29"'],
    ['a year for a day', ['1990-01-01', '1990'], 'events.earliest', 'a date such as', '1990'],
    ['a time for a day', ['1990-01-01', '1990-01-01T00:00:00Z'], 'events.earliest', 'a date', '"1990-01-01T00:00:00Z"'],
    ['spend bands that are equal', ['[100, 250, 500', '[100, 100, 500'], 'rfm.spend_bands[1]', 'more than 100', '100'],
    ['behaviour bands out of order', ['cool: 4\n', 'cool: 13\n'], 'behaviour.bands.cool', 'below warm', '13'],
    ['churn bands out of order', ['medium: 0.6', 'medium: 0.9'], 'churn.bands.medium', 'below high', '0.9'],
    [
      'a weight of no event',
      ['marketing.opened', 'mail.opened'],
      'behaviour.weights["mail.opened"]',
      '<kind>',
      '"mail.opened"',
    ],
    [
      'a weight of an unknown status',
      ['order.placed', 'order.place'],
      'behaviour.weights["order.place"]',
      'did you mean order.placed?',
      '"order.place"',
    ],
    ['a weight of 0', ['clicked: 2', 'clicked: 0'], 'behaviour.weights["marketing.clicked"]', 'above 0', '0'],
    [
      'points for an unknown view',
      ['churn.risk:', 'churn.rsk:'],
      'points["churn.rsk"]',
      'did you mean churn.risk?',
      '"churn.rsk"',
    ],
    [
      'points for a band that is not',
      ['3: 20, 4: 30', '3: 20, 5: 30'],
      'points["rfm.spend"].5',
      'one of 0, 1, 2, 3, 4',
      '"5"',
    ],
    ['points with seven decimals', ['hot: 15', 'hot: 0.0000001'], 'points["behaviour.band"].hot', '6 decimals', '1e-7'],
    ['a parameter of 0', ['r: 0.5248', 'r: 0'], 'churn.parameters.r', 'above 0', '0'],
    [
      'a tier without thresholds',
      ['{ name: silver, enter: 30, leave: 22 }', 'name: silver'],
      'tiers[1].enter',
      'a number of points',
      'nothing',
    ],
    [
      'a threshold of the lowest tier',
      ['name: member', '{ name: member, enter: 1 }'],
      'tiers[0].enter',
      'no threshold',
      '1',
    ],
    ['two tiers of a name', ['name: gold', 'name: silver'], 'tiers[2].name', 'not used before', '"silver"'],
    ['a reserved name', ['name: silver', 'name: erased'], 'tiers[1].name', 'reserved', '"erased"'],
    ['the other reserved name', ['name: silver', 'name: none'], 'tiers[1].name', 'reserved', '"none"'],
    ['entering thresholds that do not ascend', ['enter: 55', 'enter: 30'], 'tiers[2].enter', 'more than', '30'],
    ['leaving thresholds that do not ascend', ['leave: 42', 'leave: 22'], 'tiers[2].leave', 'more than', '22'],
    [
      'a name that is no identifier',
      ['name: silver', 'name: Silver Plus'],
      'tiers[1].name',
      'lower-case',
      '"Silver Plus"',
    ],
    ['a negative stay', ['stay_days: 30', 'stay_days: -1'], 'minimum_stay_days', 'from 0', '-1'],
  ])('name %s', (_, [from, to], path, expected, found) => {
    const text = edited([from, to]);
    expect(problemsOf(text)).toContainEqual(
      expect.objectContaining({ path, expected: expect.stringContaining(expected), found }),
    );
  });

  test.each([
    ['an empty file', '', 'a mapping with name, currency'],
    ['a list', '- 1', 'a mapping with name, currency'],
    ['broken YAML', 'name: [', 'YAML 1.2'],
    ['a key twice', 'name: a\nname: b', 'YAML 1.2'],
    ['an alias of nothing', 'name: *a', 'aliases of anchors'],
    ['a file too large', `# ${'x'.repeat(256 * 1024)}`, 'at most 262144 bytes'],
    ['a file nested too deeply', '['.repeat(100_000), 'YAML 1.2'],
  ])('name %s, without throwing', (_, text, expected) => {
    expect(problemsOf(text)[0]?.expected).toContain(expected);
  });

  test('include aliases of aliases, without unfolding them', () => {
    const lines = ['a0: &a0 [x]'];
    for (let i = 1; i < 30; i++) lines.push(`a${i}: &a${i} [${`*a${i - 1}, `.repeat(10)}]`);
    expect(problemsOf(lines.join('\n'))[0]?.expected).toContain('at most 100 times');
  });

  test('do not hide behind one another: a wrong type in one place leaves the rules of others checked', () => {
    const text = edited(
      ['name: default', 'name: 3'],
      ['enter: 55', 'enter: x'],
      ['leave: 70', 'leave: 90'],
      ['hot: 25', 'hot: 5'],
    );
    expect(problemsOf(text).map(({ path }) => path)).toEqual([
      'name',
      'behaviour.bands.warm',
      'tiers[2].enter',
      'tiers[3].leave',
    ]);
  });
});

type Edit = readonly [string | RegExp, string];

/** The default file with each text replaced, which must be there. */
function edited(...changes: readonly Edit[]): string {
  return changes.reduce((text, [from, to]) => {
    const changed = text.replace(from, to);
    if (changed === text) throw new Error(`expected ${from} in the default policy`);
    return changed;
  }, FILE);
}

function policyOf(text: string) {
  const parsed = parsePolicyYaml(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.policy;
}

function problemsOf(text: string) {
  const parsed = parsePolicyYaml(text);
  return parsed.ok ? [] : parsed.problems;
}

function placeOf(text: string, found: string): { line: number; column: number } {
  const before = text.slice(0, text.indexOf(found)).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
