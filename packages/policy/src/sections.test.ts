import { defaultsOf, facetNames, facets, nameInFile, type Section, type SectionField } from '@tidemark/domain';
import { describe, expect, test } from 'vitest';
import { checkPolicyFile } from './check-policy-file.ts';
import { defaultPolicy } from './default-policy.ts';
import { policyFileSchema } from './file-schema.ts';
import { toFileContent } from './policy-units.ts';
import { formatPath } from './problem.ts';
import { absentSectionProblems } from './section-rules.ts';

type Path = readonly (string | number)[];

const sections = facetNames.flatMap((name) => {
  const { policy } = facets[name];
  return policy === null ? [] : [{ name, policy }];
});

/** The default policy, with every facet switched on that it leaves off. */
const FILE = toFileContent({
  ...Object.fromEntries(sections.map(({ name, policy }) => [name, defaultsOf(policy)])),
  ...defaultPolicy(),
}) as Readonly<Record<string, unknown>>;

test.each(sections)('the file’s section of $name has the fields that its facet lists', ({ name, policy }) => {
  const listed = Object.entries(policy.fields).map(([field, options]) => nameInFile(field, options));
  expect(Object.keys(FILE[name] as object).toSorted()).toEqual(listed.toSorted());
});

test.each(sections)('fields of $name may be left out where their facet has a default', ({ name, policy }) => {
  for (const [field, options] of Object.entries(policy.fields)) {
    const path = [name, nameInFile(field, options)];
    expect(isAccepted(path, undefined)).toBe('default' in options);
  }
});

const bounds = sections.flatMap(({ name, policy }) =>
  Object.entries(policy.fields).flatMap(([field, options]) =>
    numbersIn([name, nameInFile(field, options)], options).map(({ path, shape }) => ({
      name: path.join('.'),
      path,
      shape,
    })),
  ),
);

test.each(bounds)('$name has the bounds in a file that its facet says', ({ path, shape: { min, max, isAbove } }) => {
  expect(isAccepted(path, max)).toBe(true);
  expect(isAccepted(path, max * 1.001 + 1e-9)).toBe(false);
  expect(isAccepted(path, min)).toBe(isAbove !== true);
  expect(isAccepted(path, min - Math.max(1e-9, min / 1_000))).toBe(false);
});

test('what says how many items a list may have says it for files too', () => {
  const items = (count: number) => Array.from({ length: count }, (_, index) => index);
  expect(isAccepted(['rfm', 'spend_bands'], items(100))).toBe(true);
  expect(isAccepted(['rfm', 'spend_bands'], items(101))).toBe(false);
  expect(facets.rfm.policy?.fields['spendBandsMinor']).toMatchObject({ max: 100 });
});

describe('a facet that is not always on', () => {
  const plain = toFileContent(defaultPolicy()) as Readonly<Record<string, unknown>>;
  const points = { ...(plain['points'] as object), 'visits.band': { many: 5 } };

  test('is off in a policy without its section, which then has nothing of it', () => {
    expect(policyOf(plain)).toEqual(defaultPolicy());
    expect(policyOf(plain)).not.toHaveProperty('visits');
  });

  test('is on by its section, be it empty, or by points for its view: what is left out has its default', () => {
    const defaults = { windowDays: 30, bands: { some: 5, many: 20 } };
    expect(policyOf({ ...plain, visits: {} })).toMatchObject({ visits: defaults });
    expect(policyOf({ ...plain, points })).toMatchObject({ visits: defaults });
    expect(policyOf({ ...plain, points, visits: { window_days: 7 } })).toMatchObject({
      visits: { ...defaults, windowDays: 7 },
    });
  });

  test('of which the section says something wrong is told by its place and names', () => {
    const visits = { window_days: 0, bands: { some: 9, many: 9 }, band: 1 };
    expect(problemsOf({ ...plain, visits })).toEqual([
      ['visits.window_days', 'a number of days from 0.0001 to 36525', '0'],
      ['visits.band', 'one of window_days, bands (did you mean bands?)', '"band"'],
      ['visits.bands.some', 'a number below many, 9', '9'],
    ]);
    expect(problemsOf({ ...plain, visits: 3 })).toEqual([['visits', 'a mapping with window_days, bands', '3']]);
  });

  test('and has fields without a default needs its section where it gets points', () => {
    const section: Section = { fields: { step: { kind: 'number', what: 'a number', min: 0, max: 1 } } };
    const sections = [{ name: 'visits', section, isRequired: false }] as const;
    expect(absentSectionProblems({ points }, sections)).toMatchObject([
      { path: ['visits'], expected: 'a section visits, since points are given for its view', found: 'nothing' },
    ]);
    expect(absentSectionProblems({ points, visits: {} }, sections)).toEqual([]);
    expect(absentSectionProblems({ points: {} }, sections)).toEqual([]);
  });
});

function policyOf(content: unknown): unknown {
  const checked = checkPolicyFile(content);
  return 'policy' in checked ? checked.policy : checked.problems;
}

function problemsOf(content: unknown): readonly (readonly [path: string, expected: string, found: string])[] {
  const checked = checkPolicyFile(content);
  const problems = 'problems' in checked ? checked.problems : [];
  return problems.map(({ path, expected, found }) => [formatPath(path), expected, found]);
}

/** Whether a file with this value at the path has nothing wrong there. */
function isAccepted(path: Path, value: unknown): boolean {
  const parsed = policyFileSchema.safeParse(withValue(FILE, path, value));
  const found = parsed.success ? [] : parsed.error.issues;
  return !found.some((issue) => path.every((step, index) => issue.path[index] === step));
}

function withValue(content: unknown, [step, ...rest]: Path, value: unknown): unknown {
  if (step === undefined) return value;
  const changed = withValue((content as Record<string | number, unknown>)[step], rest, value);
  if (Array.isArray(content)) return content.with(step as number, changed);
  const { [step]: _, ...others } = content as Record<string | number, unknown>;
  return changed === undefined ? others : { ...others, [step]: changed };
}

type NumberShape = Extract<SectionField, { readonly kind: 'number' }>;

/** The numbers of a field, and where they stand. Of four, the first; of weights, one that is there. */
function numbersIn(path: Path, field: SectionField): readonly { path: Path; shape: NumberShape }[] {
  switch (field.kind) {
    case 'number':
      return [{ path, shape: field }];
    case 'four':
      return numbersIn([...path, 0], field.of);
    case 'weights':
      return numbersIn([...path, 'order.paid'], field.of);
    case 'group':
      return Object.entries(field.fields).flatMap(([name, part]) => numbersIn([...path, nameInFile(name, part)], part));
    default:
      return [];
  }
}
