import { facetNames, facets, nameInFile, type SectionField } from '@tidemark/domain';
import { expect, test } from 'vitest';
import { defaultPolicy } from './default-policy.ts';
import { policyFileSchema } from './file-schema.ts';
import { toFileContent } from './policy-units.ts';

type Path = readonly (string | number)[];

const FILE = toFileContent(defaultPolicy()) as Readonly<Record<string, unknown>>;

const sections = facetNames.flatMap((name) => {
  const { policy, always } = facets[name];
  return policy === null || !always ? [] : [{ name, policy }];
});

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
