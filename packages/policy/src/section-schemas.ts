import { type FieldShape, nameInFile, type SectionFields } from '@tidemark/domain';
import { z } from 'zod';
import { policySections } from './policy-sections.ts';
import { amount, mapping, named, numberAbove, numberFrom } from './value-schemas.ts';

/** What a file may say of each facet, in the order of the registry. */
export const sectionSchemas: Readonly<Record<string, z.ZodType>> = Object.fromEntries(
  policySections.map(({ name, section, isRequired }) => {
    const schema = fieldsSchema(section.fields);
    return [name, isRequired ? schema : schema.optional()];
  }),
);

function fieldsSchema(fields: SectionFields): z.ZodType {
  return mapping(
    Object.fromEntries(
      Object.entries(fields).map(([name, field]) => {
        const schema = valueSchema(field);
        return [nameInFile(name, field), 'default' in field ? schema.optional() : schema];
      }),
    ),
  );
}

function valueSchema(field: FieldShape): z.ZodType {
  switch (field.kind) {
    case 'number': {
      const { min, max, what, isAbove } = field;
      return isAbove ? numberAbove(min, max, what) : numberFrom(min, max, what);
    }
    case 'amount':
      return amount;
    case 'four': {
      const item = valueSchema(field.of);
      return z.tuple([item, item, item, item], { error: `a list of four ${field.what}, ascending` });
    }
    case 'list': {
      const { of, what, max } = field;
      return z
        .array(valueSchema(of), { error: `a list of ${what}, ascending` })
        .max(max, { error: `a list of at most ${max} ${what}, ascending` });
    }
    case 'weights':
      return named(valueSchema(field.of), field.what);
    case 'group':
      return fieldsSchema(field.fields);
  }
}
