import { currencyExpectedFor, minorDigitsOf } from './currencies.ts';
import { TIERS_MAX } from './file-schema.ts';
import { knownViews, RESERVED_TIER_NAMES } from './known-views.ts';
import { oneOf, type ValueProblem } from './problem.ts';
import { absentSectionProblems, historyProblems, sectionProblems } from './section-rules.ts';
import { NAMES_MAX } from './value-schemas.ts';
import { at, keysOf, listOf, wrong, wrongName } from './values-of-file.ts';

/**
 * What must hold between the values of a policy file, and of names that depend on others. Works on a file that may be
 * wrong in other ways: it looks only at what has the right type, so that all problems come at once.
 */
export function findRuleProblems(file: unknown): ValueProblem[] {
  return [
    ...rateProblems(file),
    ...historyProblems(file),
    ...sectionProblems(file),
    ...absentSectionProblems(file),
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

function pointProblems(file: unknown): ValueProblem[] {
  const views = knownViews(file);
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
