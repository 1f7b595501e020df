import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DEFAULT_POLICY_FILE, defaultPolicy } from './default-policy.ts';
import { POLICY_BYTES_MAX, parsePolicyFile } from './parse-policy-file.ts';
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

  test('may give a rate to currencies of the past, with the digits that they had', () => {
    const text = edited(
      ['base: USD', 'base: ITL'],
      ['rates: {}', 'rates: { HRK: 257, DEM: 990, XEU: 1936.27 }'],
      ['[20, 50, 100, 250]', '[20000, 50000, 100000, 250000]'],
    );
    expect(policyOf(text)).toMatchObject({
      currency: { rates: { HRK: 257, DEM: 990, XEU: 1936.27 } },
      rfm: { monetaryMinor: [20_000, 50_000, 100_000, 250_000] },
    });
  });

  test('may weigh whatever action the pipeline accepts', () => {
    const actions = ['Product Viewed', 'page.view', 'checkout/step 2', '商品を見る', ' ', 'é'.repeat(32), '__proto__'];
    const lines = actions.map((action) => `    ${JSON.stringify(`interaction.${action}`)}: 2\n`);
    const { weights } = policyOf(edited(['  weights:\n', `  weights:\n${lines.join('')}`])).behaviour;
    expect(actions.filter((action) => weights[`interaction.${action}`] !== 2)).toEqual([]);
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
        expected: 'an ISO 4217 code of three capitals, such as EUR (did you mean USD?)',
        found: '"usd"',
      },
      {
        path: 'behaviour.half_life_days',
        ...placeOf(text, '0\n  weights'),
        expected: 'a number of days from 0.0001 to 36525',
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
    [
      'a key that is not known, of a part that may be left out',
      ['history_days: 400', 'history_day: 400'],
      'orders.history_day',
      'did you mean history_days?',
      '"history_day"',
    ],
    ['a key that is missing', ['grace_days: 14', ''], 'grace_days', 'a number of days', 'nothing'],
    ['a value that is missing', ['base: USD', 'base:'], 'currency.base', 'ISO 4217', 'nothing'],
    ['text for a number', ['medium: 0.6', 'medium: "0.6"'], 'churn.bands.medium', 'unit or quotes', '"0.6"'],
    [
      'a decimal comma',
      ['medium: 0.6', 'medium: 0,6'],
      'churn.bands.medium',
      'with a decimal point: no comma',
      '"0,6"',
    ],
    ['a unit', ['half_life_days: 14', 'half_life_days: 14 d'], 'behaviour.half_life_days', 'unit or quotes', '"14 d"'],
    [
      'a mapping without a space after each colon',
      [/ {4}medium: 0.6\n {4}high: 0.8/, '    medium:0.6\n    high:0.8'],
      'churn.bands',
      'a space after each colon',
      '"medium:0.6 high:0.8"',
    ],
    ['a number that is not finite', ['hot: 25', 'hot: .inf'], 'behaviour.bands.hot', 'to 1000000', 'Infinity'],
    ['a rate of an unknown currency', ['rates: {}', 'rates: { XXZ: 1 }'], 'currency.rates.XXZ', 'ISO 4217', '"XXZ"'],
    ['a rate of a country', ['rates: {}', 'rates: { NO: 0.1 }'], 'currency.rates.NO', 'did you mean NOK?', '"NO"'],
    ['a rate of no currency', ['rates: {}', 'rates: { XAU: 1 }'], 'currency.rates.XAU', 'ISO 4217', '"XAU"'],
    ['a rate of nearly 0', ['rates: {}', 'rates: { EUR: 1e-13 }'], 'currency.rates.EUR', '0.000000000001', '1e-13'],
    [
      'an amount beyond any order',
      ['250]', '10000000000.01]'],
      'rfm.monetary[3]',
      '10000000000 (USD)',
      '10000000000.01',
    ],
    ['a number of orders beyond a ledger', ['4, 8]', '4, 1001]'], 'rfm.frequency[3]', 'to 1000', '1001'],
    ['a band at the least double', ['cool: 4\n', 'cool: 5e-324\n'], 'behaviour.bands.cool', '0.000001', '5e-324'],
    ['a half-life of seconds', ['life_days: 14', 'life_days: 1e-5'], 'behaviour.half_life_days', '0.0001', '0.00001'],
    ['a parameter beyond', ['alpha: 6.183', 'alpha: 1e5'], 'churn.parameters.alpha', 'to 10000', '100000'],
    ['a certain risk', ['high: 0.8', 'high: 0.9999'], 'churn.bands.high', 'from 0.001 to 0.999', '0.9999'],
    ['too many intervals', ['intervals: 2', 'intervals: 31'], 'churn.overdue_intervals', 'at most 30', '31'],
    ['a rate of the base', ['rates: {}', 'rates: { USD: 1 }'], 'currency.rates.USD', 'other than the base', '"USD"'],
    ['a fraction of a cent', ['[20, 50', '[20.001, 50'], 'rfm.monetary[0]', 'at most 2 decimals', '20.001'],
    ['cuts that descend', ['[1, 2, 4, 8]', '[1, 4, 2, 8]'], 'rfm.frequency[2]', 'ascending', '2'],
    ['three cuts', ['[1, 2, 4, 8]', '[1, 2, 4]'], 'rfm.frequency', 'four', 'a list of 3'],
    ['a recency cut beyond the window', ['150, 270]', '150, 365]'], 'rfm.recency_days[3]', 'below window_days', '365'],
    ['a history shorter than the window', ['days: 400', 'days: 364'], 'orders.history_days', 'window_days, 365', '364'],
    ['a history of more than ten years', ['days: 400', 'days: 3651'], 'orders.history_days', 'to 3650', '3651'],
    ['a window of more than ten years', ['days: 365', 'days: 3651'], 'rfm.window_days', 'to 3650', '3651'],
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
    [
      'a weight of an order that was updated',
      ['order.placed', 'order.updated'],
      'behaviour.weights["order.updated"]',
      'updated is said of money, and is nothing a customer does',
      '"order.updated"',
    ],
    [
      'a weight of an action that is too long',
      ['interaction.search', `interaction.${'é'.repeat(33)}`],
      `behaviour.weights["interaction.${'é'.repeat(33)}"]`,
      'an action of 1 to 64 bytes',
      `"interaction.${'é'.repeat(33)}"`,
    ],
    ['a weight of 0', ['clicked: 2', 'clicked: 0'], 'behaviour.weights["marketing.clicked"]', 'from 0.000001', '0'],
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
    ['a parameter of 0', ['r: 0.5248', 'r: 0'], 'churn.parameters.r', 'from 0.0001', '0'],
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
    ['a tab as indentation', 'currency:\n\tbase: USD', 'spaces at the start of a line'],
    ['a tab as indentation in braces', 'currency: {\n\tbase: USD}', 'spaces at the start of a line'],
    ['a second policy', `${FILE}---\n${FILE}`, 'one policy in a file'],
    ['no space after the first colon', 'name:x\ngrace_days: 1', 'a space after each colon'],
    ['a tag', 'name: !!binary aGk=', 'values without tags'],
    ['an alias of nothing', 'name: *a', 'aliases of anchors'],
    ['a file too large', `# ${'x'.repeat(256 * 1024)}`, 'at most 262144 bytes'],
    ['a file nested too deeply', '['.repeat(100_000), 'YAML 1.2'],
  ])('name %s, without throwing', (_, text, expected) => {
    expect(problemsOf(text)[0]?.expected).toContain(expected);
  });

  test('include names that are one name, though YAML has two, at the second', () => {
    for (const keys of ['1: 5, "1": 99', '"1": 5, 1: 99', '0x1: 5, 1: 99', '1: 5, 1: 99', '1: 5, *one : 99']) {
      const text = edited(
        ['{ 1: 5, 2', `{ ${keys}, 2`],
        ['name: default', keys.includes('*') ? 'name: &one "1"' : 'name: d'],
      );
      const second = text.slice(text.indexOf(': 5, ') + ': 5, '.length, text.indexOf(': 99'));
      expect(problemsOf(text)).toEqual([
        {
          path: 'points["rfm.spend"].1',
          ...placeOf(text, `${second}: 99`),
          expected: 'each name once in a mapping',
          found: '"1" again',
        },
      ]);
    }
  });

  test('include merge keys wherever they stand, once each', () => {
    const text = edited(
      ['weights:\n', 'weights:\n    <<: { order.paid: 1 }\n'],
      ['{ name: gold', '{ <<: { enter: 1 }, name: gold'],
      ['rates: {}', 'rates: { <<: { EUR: 1 } }'],
    );
    const found = problemsOf(text).filter(({ found }) => found === '"<<"');
    expect(found.map(({ path }) => path)).toEqual([
      'currency.rates["<<"]',
      'behaviour.weights["<<"]',
      'tiers[2]["<<"]',
    ]);
    expect(found.every(({ expected }) => expected.includes('no merge keys'))).toBe(true);
    expect(new Set(problemsOf(text).map(({ path }) => path)).size).toBe(problemsOf(text).length);
  });

  test('include names that are mappings, and do not depend on a directive of YAML 1.1', () => {
    expect(problemsOf(edited(['3: 20', '{ 3: 4 }: 20']))[0]?.expected).toBe('a name');
    const text = `%YAML 1.1\n---\n${edited(['rates: {}', 'rates: { NO: 1 }'])}`;
    expect(problemsOf(text).map(({ path }) => path)).toEqual(['currency.rates.NO']);
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

describe('the bytes of a policy file', () => {
  test('may begin with a byte order mark, and have Windows line ends', () => {
    const text = FILE.replaceAll('\n', '\r\n');
    expect(parsePolicyFile(Buffer.from(`\ufeff${text}`))).toMatchObject({ ok: true, policy: defaultPolicy() });
  });

  test.each<[string, Uint8Array]>([
    ['UTF-16 with its mark', Buffer.from(`\ufeff${FILE}`, 'utf16le')],
    ['UTF-16 without its mark', Buffer.from(FILE, 'utf16le')],
    ['UTF-16 of the other order', Buffer.from(`\ufeff${FILE}`, 'utf16le').swap16()],
    ['UTF-16 of the other order without its mark', Buffer.from(FILE, 'utf16le').swap16()],
  ])('in %s are refused with a hint', (_, bytes) => {
    expect(parsePolicyFile(bytes)).toEqual({
      ok: false,
      problems: [
        { path: '', line: 1, column: 1, expected: 'text in UTF-8 (save it as such)', found: 'UTF-16, or bytes of 0' },
      ],
    });
  });

  test('in Latin-1 are refused where the first of them is no UTF-8', () => {
    const text = `# \u00b7 \ufffd\nname: Caf\u00e9\n`;
    const latin1 = Buffer.concat([Buffer.from('# \u00b7 \ufffd\n'), Buffer.from('name: Caf\u00e9\n', 'latin1')]);
    expect(parsePolicyFile(latin1)).toMatchObject({
      problems: [{ ...placeOf(text, '\u00e9'), found: 'the byte 0xe9' }],
    });
  });

  test('may be as many as the bound, no more', () => {
    const filled = (bytes: number) => Buffer.from(FILE.padEnd(bytes - 1, '#').concat('\n'));
    expect(parsePolicyFile(filled(POLICY_BYTES_MAX)).ok).toBe(true);
    expect(parsePolicyFile(filled(POLICY_BYTES_MAX + 1)).ok).toBe(false);
  });
});

describe('warnings of a policy file', () => {
  test('name a band whose bound a weight just reaches, and leave the policy valid', () => {
    const text = edited(['warm: 12', 'warm: 10'], ['cool: 4\n', 'cool: 3\n']);
    const parsed = parsePolicyFile(Buffer.from(text));
    expect(parsed).toMatchObject({ ok: true, policy: { behaviour: { bands: { hot: 25, warm: 10, cool: 3 } } } });
    expect(parsed.ok && parsed.warnings).toEqual([
      {
        path: 'behaviour.bands.warm',
        ...placeOf(text, '10\n    cool'),
        expected: 'a bound below 10, the weight of order.placed, which reaches it for a millisecond alone',
        found: '10',
      },
      expect.objectContaining({ path: 'behaviour.bands.cool', found: '3' }),
    ]);
  });

  test('are none for the default policy', () => {
    expect(parsePolicyFile(Buffer.from(FILE))).toMatchObject({ ok: true, warnings: [] });
  });
});

/** The default file with each text replaced, which must be there. */
function edited(...changes: readonly Edit[]): string {
  return changes.reduce((text, [from, to]) => {
    const changed = text.replace(from, to);
    if (changed === text) throw new Error(`expected ${from} in the default policy`);
    return changed;
  }, FILE);
}

function policyOf(text: string) {
  const parsed = parsePolicyFile(Buffer.from(text));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.policy;
}

function problemsOf(text: string) {
  const parsed = parsePolicyFile(Buffer.from(text));
  return parsed.ok ? [] : parsed.problems;
}

function placeOf(text: string, found: string): { line: number; column: number } {
  const before = text.slice(0, text.indexOf(found)).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
