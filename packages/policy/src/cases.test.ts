import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parsePolicyFile } from './parse-policy-file.ts';

const FOLDER = new URL('../cases/', import.meta.url);

/** What each file has that people do: where it is refused and with which hint, or what of it takes effect. */
const CASES: Readonly<Record<string, { refused: readonly string[] } | { accepted: unknown }>> = {
  'anchors.yaml': { refused: ['68:7 tiers[2]["<<"]: each name written out: YAML 1.2 has no merge keys'] },
  'benefits.yaml': { accepted: { tiers: { tiers: [{ name: 'member', benefits: ['free_shipping'] }, {}, {}, {}] } } },
  'caps.yaml': { refused: ['67:13 tiers[1].name: a name of 1 to 64 lower-case letters'] },
  'doc2.yaml': { refused: ['72:1 : one policy in a file'] },
  'dupkey.yaml': { refused: ['72:1 grace_days: each name once in a mapping'] },
  'dupkeymixed.yaml': { refused: ['58:22 points["rfm.spend"].1: each name once in a mapping'] },
  'euro-without-rates.yaml': { accepted: { currency: { base: 'EUR', rates: {} } } },
  'historic.yaml': { accepted: { currency: { base: 'EUR', rates: { HRK: 0.13, BGN: 0.51, DEM: 0.511 } } } },
  'merge.yaml': { refused: ['47:1 x: one of name, currency'] },
  'norway.yaml': {
    refused: [
      '8:12 currency.rates.NO: an ISO 4217 code of three capitals, such as EUR (did you mean NOK?)',
      '8:21 currency.rates.ON: an ISO 4217 code of three capitals, such as EUR',
    ],
  },
  'utf16.yaml': { refused: ['1:1 : text in UTF-8'] },
  'w.yaml': { accepted: { behaviour: { weights: { 'interaction.Page_View': 0.5 } } } },
};

test.each(readdirSync(FOLDER))('%s gives what a careful person expects', (file) => {
  const expected = CASES[file];
  const parsed = parsePolicyFile(readFileSync(new URL(file, FOLDER)));
  if (expected === undefined || 'accepted' in expected) {
    expect(parsed).toMatchObject({ ok: true, policy: expected?.accepted, warnings: [] });
    return;
  }
  const problems = parsed.ok
    ? []
    : parsed.problems.map(({ line, column, path, expected: text }) => `${line}:${column} ${path}: ${text}`);
  expect(problems).toEqual(expected.refused.map((start) => expect.stringMatching(startingWith(start))));
});

test('every case is among the files', () => {
  expect(readdirSync(FOLDER).sort()).toEqual(Object.keys(CASES));
});

function startingWith(text: string): RegExp {
  return new RegExp(`^${RegExp.escape(text)}`);
}
