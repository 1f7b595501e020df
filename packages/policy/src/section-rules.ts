import { AMOUNT_MINOR_MAX, TEXT_BYTES_MAX } from '@tidemark/contracts';
import { defaultsOf, type FieldShape, nameInFile, type SectionField, type SectionFields } from '@tidemark/domain';
import { minorDigitsOf } from './currencies.ts';
import { KNOWN_EVENTS, UNWEIGHED_STATUSES } from './known-views.ts';
import { type PolicySection, policySections } from './policy-sections.ts';
import { oneOf, type ValuePath, type ValueProblem } from './problem.ts';
import { at, isMapping, keysOf, listOf, wrong, wrongName } from './values-of-file.ts';

/** What must hold between the values of each facet's section: what its fields say, and its own rules. */
export function sectionProblems(file: unknown): ValueProblem[] {
  return policySections.flatMap(({ name, section }) => {
    const inFile = at(file, [name]);
    if (!isMapping(inFile)) return [];
    const own = section.rules?.(inFile) ?? [];
    return [
      ...own.map(({ path, expected }) => wrong([name, ...path], expected, at(inFile, path))),
      ...fieldsProblems(file, [name], section.fields),
    ];
  });
}

/** Points are given for what is folded: a facet without its section is on with its defaults, where it has them all. */
export function absentSectionProblems(
  file: unknown,
  sections: readonly PolicySection[] = policySections,
): ValueProblem[] {
  const weighed = new Set(keysOf(file, ['points']).map((view) => view.split('.')[0]));
  return sections.flatMap(({ name, section, isRequired }) => {
    if (isRequired || !weighed.has(name) || at(file, [name]) !== undefined || defaultsOf(section) !== null) return [];
    return [wrong([name], `a section ${name}, since points are given for its view`, undefined)];
  });
}

/** Orders are to be kept for as long as some field of a section says. */
export function historyProblems(file: unknown): ValueProblem[] {
  const path = ['orders', 'history_days'];
  const historyDays = at(file, path);
  if (typeof historyDays !== 'number') return [];
  return policySections.flatMap(({ name, section }) =>
    Object.entries(section.fields).flatMap(([field, options]) => {
      const days = options.keepsOrders ? at(file, [name, nameInFile(field, options)]) : undefined;
      if (typeof days !== 'number' || historyDays >= days) return [];
      return [wrong(path, `at least ${name}'s ${nameInFile(field, options)}, ${days}`, historyDays)];
    }),
  );
}

function fieldsProblems(file: unknown, path: ValuePath, fields: SectionFields): ValueProblem[] {
  return Object.entries(fields).flatMap(([name, field]) =>
    valueProblems(file, [...path, nameInFile(name, field)], field),
  );
}

function valueProblems(file: unknown, path: ValuePath, field: SectionField | FieldShape): ValueProblem[] {
  switch (field.kind) {
    case 'number':
      return [];
    case 'amount':
      return amountProblems(file, path);
    case 'four':
    case 'list':
      return [
        ...notAscending(file, path, field.kind === 'four'),
        ...listOf(file, path).flatMap((_, i) => valueProblems(file, [...path, i], field.of)),
      ];
    case 'weights':
      return weightProblems(file, path);
    case 'group':
      return [...groupProblems(file, path, field), ...fieldsProblems(file, path, field.fields)];
  }
}

/** Quantiles with ties have equal cuts. */
function notAscending(file: unknown, path: ValuePath, mayBeEqual: boolean): ValueProblem[] {
  const list = listOf(file, path);
  return list.flatMap((value, i) => {
    const before = list[i - 1];
    if (typeof value !== 'number' || typeof before !== 'number') return [];
    if (before < value || (mayBeEqual && before === value)) return [];
    return [wrong([...path, i], `an ascending list: ${mayBeEqual ? 'at least' : 'more than'} ${before}`, value)];
  });
}

/** Amounts are kept in minor units: they cannot have more decimals than these, nor be more than an order's may be. */
function amountProblems(file: unknown, path: ValuePath): ValueProblem[] {
  const base = at(file, ['currency', 'base']);
  const digits = typeof base === 'string' ? minorDigitsOf(base) : null;
  const value = at(file, path);
  if (digits === null || typeof value !== 'number') return [];
  const amountMax = AMOUNT_MINOR_MAX / 10 ** digits;
  if (value > amountMax) return [wrong(path, `an amount of at most ${amountMax} (${base})`, value)];
  if (Number(value.toFixed(digits)) === value) return [];
  return [wrong(path, `an amount with at most ${digits} decimals (${base})`, value)];
}

function groupProblems(file: unknown, path: ValuePath, field: SectionField | FieldShape): ValueProblem[] {
  const { ascending = [] } = field as SectionField;
  return ascending.slice(1).flatMap((higher, i) => {
    const lower = ascending[i] ?? '';
    const low = at(file, [...path, lower]);
    const high = at(file, [...path, higher]);
    if (typeof low !== 'number' || typeof high !== 'number' || low < high) return [];
    return [wrong([...path, lower], `a number below ${higher}, ${high}`, low)];
  });
}

function weightProblems(file: unknown, path: ValuePath): ValueProblem[] {
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
