import { EVENT_TOPICS, type EventTopic } from './catalogue.ts';
import { schemas } from './generated/schemas.ts';
import { COUNT_MAX, OCCURRED_AT_MAX_MS, TEXT_BYTES_MAX } from './raw-bounds.ts';

/** Of draft 2020-12, as OpenAPI 3.1 has it. */
export type JsonSchema = { readonly [keyword: string]: unknown };

type Avro = string | readonly Avro[] | Complex;

interface Complex {
  readonly type: Avro;
  readonly name?: string;
  readonly doc?: string;
  readonly logicalType?: string;
  readonly symbols?: readonly string[];
  readonly items?: Avro;
  readonly values?: Avro;
  readonly fields?: readonly Field[];
}

interface Field {
  readonly name: string;
  readonly type: Avro;
  readonly doc?: string;
  readonly default?: unknown;
}

/**
 * An event of the topic as JSON, made from the newest Avro schema of its record: what is refused by it is refused by all ways in. Those
 * know more, such as currencies and what is no id; sizes are counted in bytes there, and in characters here.
 */
export function eventJsonSchema(topic: EventTopic): JsonSchema {
  return jsonSchemaOf(schemas[EVENT_TOPICS[topic].recordType].at(-1)?.schema);
}

/** The same, of the Avro schema of an event's record. */
export function jsonSchemaOf(schema: unknown): JsonSchema {
  return objectSchema(schema as Complex);
}

/** Records that a newer producer writes; never sent on purpose. */
const UNKNOWN = 'UNKNOWN';

const TEXT_OF: Readonly<Record<string, keyof typeof TEXT_BYTES_MAX>> = {
  channel: 'name',
  action: 'name',
  purpose: 'name',
  category: 'category',
  object: 'object',
};

const NOT_NEGATIVE: ReadonlySet<string> = new Set(['amountMinor', 'quantity']);

function objectSchema({ doc, name, fields = [] }: Complex): JsonSchema {
  return {
    title: name,
    description: doc,
    type: 'object',
    properties: Object.fromEntries(fields.map((field) => [field.name, propertySchema(field)])),
    required: fields.filter((field) => field.default === undefined).map((field) => field.name),
    additionalProperties: false,
  };
}

function propertySchema(field: Field): JsonSchema {
  const schema = valueSchema(field.type, field);
  return {
    ...schema,
    ...(field.doc === undefined ? {} : { description: field.doc }),
    ...(field.default === undefined ? {} : { default: field.default }),
  };
}

function valueSchema(type: Avro, field: Field): JsonSchema {
  if (typeof type === 'string') return primitiveSchema(type, field);
  if (Array.isArray(type)) return unionSchema(type as readonly Avro[], field);
  const complex = type as Complex;
  if (complex.logicalType === 'timestamp-millis') return TIME;
  switch (complex.type) {
    case 'enum':
      return { type: 'string', enum: complex.symbols?.filter((symbol) => symbol !== UNKNOWN) };
    case 'array':
      return { type: 'array', items: valueSchema(complex.items ?? 'null', field), maxItems: countOf(field.name) };
    case 'map':
      return entriesSchema(complex.values ?? 'string', field.name);
    case 'record':
      return objectSchema(complex);
    default:
      return valueSchema(complex.type, field);
  }
}

const TIME: JsonSchema = {
  anyOf: [
    { type: 'string', format: 'date-time', description: 'ISO 8601, with seconds and zone.' },
    { type: 'integer', minimum: 0, maximum: OCCURRED_AT_MAX_MS, description: 'Milliseconds since 1970.' },
  ],
};

function primitiveSchema(type: string, { name }: Field): JsonSchema {
  switch (type) {
    case 'string':
      return { type: 'string', minLength: 1, maxLength: TEXT_BYTES_MAX[TEXT_OF[name] ?? 'id'] };
    case 'boolean':
      return { type: 'boolean' };
    default:
      return { type: 'integer', ...(NOT_NEGATIVE.has(name) ? { minimum: 0 } : {}) };
  }
}

/** Null, or what stands beside it; a text that may be left out may be empty, too. */
function unionSchema(types: readonly Avro[], field: Field): JsonSchema {
  const [other] = types.filter((type) => type !== 'null');
  const { type, minLength: _, ...rest } = valueSchema(other ?? 'null', field);
  return { type: [type, 'null'], ...rest };
}

/** Numbers and booleans are kept as text, lists as JSON. */
function entriesSchema(values: Avro, name: string): JsonSchema {
  const types = ['string', 'number', 'boolean', 'array', ...(Array.isArray(values) ? ['null'] : [])];
  return {
    type: 'object',
    propertyNames: { minLength: 1, maxLength: TEXT_BYTES_MAX.entryName },
    additionalProperties: { type: types, maxLength: TEXT_BYTES_MAX.entryValue },
    maxProperties: countOf(name),
  };
}

function countOf(name: string): number {
  const counts: Readonly<Record<string, number>> = COUNT_MAX;
  const count = counts[name];
  if (count === undefined) throw new Error(`expected a bound for ${name} in raw-bounds.ts, found none`);
  return count;
}
