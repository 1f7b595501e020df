import { AMOUNT_MINOR_MAX, TEXT_BYTES_MAX } from '@tidemark/contracts';
import { currencyExpectedFor, minorDigitsOf } from './currencies.ts';
import { NAMES_MAX, SPEND_BANDS_MAX, TIERS_MAX } from './file-schema.ts';
import { KNOWN_EVENTS, knownViews, RESERVED_TIER_NAMES, UNWEIGHED_STATUSES } from './known-views.ts';
import { describe, oneOf, type ValuePath, type ValueProblem } from './problem.ts';

/**
 * What must hold between the values of a policy file, and of names that depend on others. Works on a file that may be
 * wrong in other ways: it looks only at what has the right type, so that all problems come at once.
 */
export function findRuleProblems(file: unknown): ValueProblem[] {
  return [
    ...rateProblems(file),
    ...historyProblems(file),
    ...rfmProblems(file),
    ...amountProblems(file),
    ...bandProblems(file),
    ...weightProblems(file),
    ...pointProblems(file),
    ...tierProblems(file),
  ];
}

function rateProblems(file: unknown): ValueProblem[] {
  const base = at(file, ['currency', 'base']);
  return keysOf(file, ['currency', 'rates']).flatMap((code) => {
    const path = ['currency', 'rates', code];
    if (minorDigitsOf(code) === null) return [wrongName(path, currencyExpectedFor(code))];
    return code === base ? [wrongName(path, 'currencies other than the base, whose rate is 1')] : [];
  });
}

function historyProblems(file: unknown): ValueProblem[] {
  const path = ['orders', 'history_days'];
  const historyDays = at(file, path);
  const windowDays = at(file, ['rfm', 'window_days']);
  if (typeof historyDays !== 'number' || typeof windowDays !== 'number' || historyDays >= windowDays) return [];
  return [wrong(path, `at least rfm's window_days, ${windowDays}`, historyDays)];
}

function rfmProblems(file: unknown): ValueProblem[] {
  const windowDays = at(file, ['rfm', 'window_days']);
  const tooOld = listOf(file, ['rfm', 'recency_days']).flatMap((days, i) =>
    typeof days === 'number' && typeof windowDays === 'number' && days >= windowDays
      ? [wrong(['rfm', 'recency_days', i], `a number of days below window_days, ${windowDays}`, days)]
      : [],
  );
  const lists = ['recency_days', 'frequency', 'monetary'];
  return [
    ...tooOld,
    ...lists.flatMap((name) => notAscending(file, ['rfm', name], (before, after) => before <= after)),
    ...notAscending(file, ['rfm', 'spend_bands'], (before, after) => before < after),
  ];
}

function notAscending(
  file: unknown,
  path: ValuePath,
  inOrder: (before: number, after: number) => boolean,
): ValueProblem[] {
  const list = listOf(file, path);
  return list.flatMap((value, i) => {
    const before = list[i - 1];
    if (typeof value !== 'number' || typeof before !== 'number' || inOrder(before, value)) return [];
    return [wrong([...path, i], `an ascending list: ${inOrder(0, 0) ? 'at least' : 'more than'} ${before}`, value)];
  });
}

/** Amounts are kept in minor units: they cannot have more decimals than these, nor be more than an order's may be. */
function amountProblems(file: unknown): ValueProblem[] {
  const base = at(file, ['currency', 'base']);
  const digits = typeof base === 'string' ? minorDigitsOf(base) : null;
  if (digits === null) return [];
  const amountMax = AMOUNT_MINOR_MAX / 10 ** digits;
  return [
    ['rfm', 'monetary'],
    ['rfm', 'spend_bands'],
  ].flatMap((path) =>
    listOf(file, path).flatMap((value, i) => {
      if (typeof value !== 'number') return [];
      if (value > amountMax) return [wrong([...path, i], `an amount of at most ${amountMax} (${base})`, value)];
      if (Number(value.toFixed(digits)) === value) return [];
      return [wrong([...path, i], `an amount with at most ${digits} decimals (${base})`, value)];
    }),
  );
}

function bandProblems(file: unknown): ValueProblem[] {
  return [
    ...notBelow(file, ['behaviour', 'bands'], 'cool', 'warm'),
    ...notBelow(file, ['behaviour', 'bands'], 'warm', 'hot'),
    ...notBelow(file, ['churn', 'bands'], 'medium', 'high'),
  ];
}

function notBelow(file: unknown, path: ValuePath, lower: string, higher: string): ValueProblem[] {
  const low = at(file, [...path, lower]);
  const high = at(file, [...path, higher]);
  if (typeof low !== 'number' || typeof high !== 'number' || low < high) return [];
  return [wrong([...path, lower], `a number below ${higher}, ${high}`, low)];
}

function weightProblems(file: unknown): ValueProblem[] {
  const path = ['behaviour', 'weights'];
  return keysOf(file, path).flatMap((name) => {
    const [type = '', ...rest] = name.split('.');
    const known = Object.hasOwn(KNOWN_EVENTS, type) ? KNOWN_EVENTS[type] : undefined;
    if (known === undefined || rest.length === 0) {
      return [wrongName([...path, name], 'interaction.<action>, marketing.<kind> or order.<status>')];
    }
    if (known === null) return isAction(rest.join('.')) ? [] : [wrongName([...path, name], ACTION)];
    const names = known.map((one) => `${type}.${one}`);
    return names.includes(name) ? [] : [wrongName([...path, name], oneOf(names, name) + whyNotWeighed(name))];
  });
}

const ACTION = `interaction. and an action of 1 to ${TEXT_BYTES_MAX.name} bytes`;

/** What the pipeline accepts as an action: it is the producers' to choose, and may have spaces and dots. */
function isAction(text: string): boolean {
  return text !== '' && text.isWellFormed() && Buffer.byteLength(text) <= TEXT_BYTES_MAX.name;
}

function whyNotWeighed(name: string): string {
  const status = name.slice('order.'.length);
  return UNWEIGHED_STATUSES.includes(status) ? `; ${status} is said of money, and is nothing a customer does` : '';
}

function pointProblems(file: unknown): ValueProblem[] {
  const views = knownViews((list) => Math.min(listOf(file, list).length, SPEND_BANDS_MAX));
  return keysOf(file, ['points']).flatMap((view) => {
    const values = Object.hasOwn(views, view) ? views[view] : undefined;
    if (values === undefined) return [wrongName(['points', view], oneOf(Object.keys(views), view))];
    return keysOf(file, ['points', view])
      .filter((value) => !values.includes(value))
      .map((value) => wrongName(['points', view, value], oneOf(values, value)));
  });
}

function tierProblems(file: unknown): ValueProblem[] {
  const tiers = listOf(file, ['tiers']).slice(0, TIERS_MAX);
  const problems = tiers.flatMap((_, i) => [
    ...nameProblems(file, i),
    ...thresholdProblems(file, i),
    ...benefitProblems(file, i),
  ]);
  for (let i = 2; i < tiers.length; i++) {
    for (const threshold of ['enter', 'leave']) {
      const lower = at(file, ['tiers', i - 1, threshold]);
      const value = at(file, ['tiers', i, threshold]);
      if (typeof lower === 'number' && typeof value === 'number' && value <= lower) {
        problems.push(wrong(['tiers', i, threshold], `more than that of the tier below, ${lower}`, value));
      }
    }
  }
  return problems;
}

function nameProblems(file: unknown, index: number): ValueProblem[] {
  const path = ['tiers', index, 'name'];
  const name = at(file, path);
  if (typeof name !== 'string') return [];
  if (RESERVED_TIER_NAMES.includes(name)) {
    return [wrong(path, `a name other than ${RESERVED_TIER_NAMES.join(' and ')}, which are reserved`, name)];
  }
  const first = listOf(file, ['tiers']).findIndex((_, i) => at(file, ['tiers', i, 'name']) === name);
  return first < index ? [wrong(path, `a name not used before, unlike that of tiers[${first}]`, name)] : [];
}

function benefitProblems(file: unknown, index: number): ValueProblem[] {
  const path = ['tiers', index, 'benefits'];
  const benefits = listOf(file, path).slice(0, NAMES_MAX);
  const seen = new Set<unknown>();
  return benefits.flatMap((benefit, i) => {
    const isRepeat = seen.has(benefit);
    seen.add(benefit);
    return isRepeat ? [wrong([...path, i], 'each benefit once', benefit)] : [];
  });
}

function thresholdProblems(file: unknown, index: number): ValueProblem[] {
  const path = ['tiers', index];
  const enter = at(file, [...path, 'enter']);
  const leave = at(file, [...path, 'leave']);
  if (index === 0) {
    return Object.entries({ enter, leave }).flatMap(([name, value]) =>
      value === undefined ? [] : [wrong([...path, name], "no threshold: the lowest tier is everybody's", value)],
    );
  }
  if (typeof at(file, path) !== 'object') return [];
  if (typeof enter === 'number' && typeof leave === 'number' && leave > enter) {
    return [wrong([...path, 'leave'], `at most enter, ${enter}`, leave)];
  }
  return Object.entries({ enter, leave }).flatMap(([name, value]) =>
    value === undefined ? [wrong([...path, name], 'a number of points', value)] : [],
  );
}

function wrong(path: ValuePath, expected: string, found: unknown): ValueProblem {
  return { path, at: 'value', expected, found: describe(found) };
}

/** The last step of the path is a name that should not be there. */
function wrongName(path: ValuePath, expected: string): ValueProblem {
  return { path, at: 'key', expected, found: describe(path.at(-1)) };
}

function at(value: unknown, path: ValuePath): unknown {
  let found = value;
  for (const step of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, step)) return undefined;
    found = (found as Record<string | number, unknown>)[step];
  }
  return found;
}

function listOf(value: unknown, path: ValuePath): readonly unknown[] {
  const found = at(value, path);
  return Array.isArray(found) ? found : [];
}

/** Up to the bound that the schema has: whoever writes more, to keep the check busy, is refused for that. */
function keysOf(value: unknown, path: ValuePath): string[] {
  const found = at(value, path);
  if (typeof found !== 'object' || found === null || Array.isArray(found)) return [];
  return Object.keys(found).slice(0, NAMES_MAX);
}
