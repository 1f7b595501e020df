import { type Static, type TSchema, Type } from 'typebox';

// The few words from which the schemas of answers are made. Each is plain JSON Schema, and a TypeScript type.

export const text = (description?: string) => Type.String(described(description));
export const number = (description?: string) => Type.Number(described(description));
export const whole = (description?: string) => Type.Integer(described(description));

/** A moment. */
export const time = (description?: string) => Type.String({ format: 'date-time', ...described(description) });

export function oneOf<const Word extends string>(...words: readonly Word[]) {
  return Type.Unsafe<Word>({ type: 'string', enum: words });
}

export function nullable<Schema extends TSchema>(schema: Schema) {
  const { type, ...rest } = schema as Schema & { readonly type: string };
  // An enumeration must have null among its values, too.
  const values = 'enum' in rest ? { enum: [...(rest.enum as readonly string[]), null] } : {};
  return Type.Unsafe<Static<Schema> | null>({ ...rest, ...values, type: [type, 'null'] });
}

export function list<Schema extends TSchema>(items: Schema, description?: string) {
  return Type.Unsafe<readonly Static<Schema>[]>({ type: 'array', items, ...described(description) });
}

export function record<Schema extends TSchema>(values: Schema, description?: string) {
  return Type.Unsafe<Readonly<Record<string, Static<Schema>>>>({
    type: 'object',
    additionalProperties: values,
    ...described(description),
  });
}

/** A text or a number. */
export const scalar = Type.Unsafe<string | number>({ type: ['string', 'number'] });

/** The discrete face of a score, such as `{"segment": "loyal"}`. */
export const view = record(scalar, 'The discrete face of a score.');

/** An object of any shape. */
export const anyObject = (description: string) =>
  Type.Unsafe<Readonly<Record<string, unknown>>>({ type: 'object', additionalProperties: true, description });

/** A page of a longer list. */
export function page<Schema extends TSchema>(items: Schema) {
  return Type.Object({
    items: list(items),
    next: nullable(text('Give it as `cursor` for what follows; null at the end.')),
  });
}

function described(description: string | undefined): { description?: string } {
  return description === undefined ? {} : { description };
}
