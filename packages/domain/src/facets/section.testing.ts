import type fc from 'fast-check';
import { MARKETING_KINDS, ORDER_STATUSES } from '../events.ts';
import type { FieldShape, NumberShape, Section, SectionField } from './section.ts';

/** Names that weights are given to: of events that histories have. */
const WEIGHED = [
  ...['interaction.search', 'interaction.add_to_cart'],
  ...MARKETING_KINDS.map((kind) => `marketing.${kind}`),
  ...ORDER_STATUSES.map((status) => `order.${status}`),
];

/** Small enough that what they count comes and goes, and days are no more than a history of a year. */
const VALUE_MAX = 300;

/**
 * Sections that a policy can have, as folds see them.
 *
 * @param check fast-check, which the test imports: the domain itself imports nothing at run time
 */
export function sections(check: typeof fc, { fields }: Section): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  return check.record(Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, anyOf(check, field)])), {
    noNullPrototype: true,
  });
}

function anyOf(check: typeof fc, field: SectionField | FieldShape): fc.Arbitrary<unknown> {
  switch (field.kind) {
    case 'number':
      return numberOf(check, field);
    case 'amount':
      return check.nat(2_000);
    case 'four':
      return sorted(check.array(numbersOf(check, field.of), { minLength: 4, maxLength: 4 }));
    case 'list':
      return sorted(check.uniqueArray(numbersOf(check, field.of), { maxLength: 5 }));
    case 'weights':
      return check.dictionary(check.constantFrom(...WEIGHED), numberOf(check, field.of), { noNullPrototype: true });
    case 'group': {
      const names = 'ascending' in field ? field.ascending : undefined;
      if (names === undefined) return sections(check, { fields: field.fields });
      const [first] = Object.values(field.fields);
      const numbers = check.uniqueArray(numbersOf(check, first as FieldShape), {
        minLength: names.length,
        maxLength: names.length,
      });
      return sorted(numbers).map((values) => Object.fromEntries(names.map((name, i) => [name, values[i]])));
    }
  }
}

function numbersOf(check: typeof fc, shape: FieldShape): fc.Arbitrary<number> {
  return anyOf(check, shape) as fc.Arbitrary<number>;
}

function numberOf(check: typeof fc, { min, max, isAbove }: NumberShape): fc.Arbitrary<number> {
  const least = isAbove ? Math.max(min, 0.01) : min;
  const most = Math.min(max, VALUE_MAX);
  const fractions = check.double({ min: least, max: most, noNaN: true });
  const [from, to] = [Math.ceil(least), Math.floor(most)];
  return from > to ? fractions : check.oneof(check.integer({ min: from, max: to }), fractions);
}

function sorted(numbers: fc.Arbitrary<number[]>): fc.Arbitrary<number[]> {
  return numbers.map((drawn) => drawn.toSorted((a, b) => a - b));
}
