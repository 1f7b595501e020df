import { type FieldShape, nameInFile, type SectionField, type SectionFields } from '@tidemark/domain';
import { isMapping } from './values-of-file.ts';

/** How amounts change between a file and the domain. */
export type AmountUnits = (amount: number) => number;

/** A checked section of a file as folds see it. What it leaves out has its default. */
export function toSection(inFile: unknown, fields: SectionFields, toMinor: AmountUnits): Record<string, unknown> {
  const values = inFile as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const value = values[nameInFile(name, field)];
      return [name, value === undefined ? field.default : toValue(value, field, toMinor)];
    }),
  );
}

function toValue(value: unknown, field: FieldShape, toMinor: AmountUnits): unknown {
  switch (field.kind) {
    case 'number':
    case 'weights':
      return value;
    case 'amount':
      return toMinor(value as number);
    case 'four':
    case 'list':
      return (value as readonly unknown[]).map((item) => toValue(item, field.of, toMinor));
    case 'group':
      return toSection(value, field.fields, toMinor);
  }
}

/** The section of a file that says these values, as far as they are like a section. */
export function toFileSection(section: unknown, fields: SectionFields, toMajor: AmountUnits): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fieldsOf(section)).map(([name, value]) => {
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
      return field === undefined ? [name, value] : [nameInFile(name, field), toFileValue(value, field, toMajor)];
    }),
  );
}

function toFileValue(value: unknown, field: SectionField | FieldShape, toMajor: AmountUnits): unknown {
  switch (field.kind) {
    case 'number':
    case 'weights':
      return value;
    case 'amount':
      return typeof value === 'number' ? toMajor(value) : value;
    case 'four':
    case 'list':
      return Array.isArray(value) ? value.map((item) => toFileValue(item, field.of, toMajor)) : value;
    case 'group':
      return isMapping(value) ? toFileSection(value, field.fields, toMajor) : value;
  }
}

export function fieldsOf(value: unknown): Record<string, unknown> {
  return isMapping(value) ? { ...value } : {};
}
