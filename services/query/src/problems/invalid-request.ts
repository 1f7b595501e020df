import type { FastifyError, FastifySchemaValidationError } from 'fastify';
import { Problem, type ProblemItem } from './problem.ts';

const ITEMS_MAX = 20;
const NAME_LENGTH_MAX = 64;

const PART_NAMES: Readonly<Record<string, string>> = {
  params: 'path',
  querystring: 'query',
  headers: 'header',
  body: 'body',
};

/** Says, for each parameter that does not fit its schema, what was expected: the schema's own description. */
export function describeInvalidRequest(error: FastifyError): Problem {
  const part = PART_NAMES[error.validationContext ?? ''] ?? 'request';
  const found = (error.validation ?? []).slice(0, ITEMS_MAX).map((one) => describe(part, one as VerboseError));
  // A value that breaks two rules of one schema has one expectation.
  const errors = [...new Map(found.map((item) => [item.field, item])).values()];
  const sentences = errors.map(({ field, expected, found }) => `${field}: expected ${expected}, found ${found}`);
  return new Problem('invalid-request', `${sentences.join('; ')}.`, { errors });
}

/** With ajv's `verbose`, an error has the value and the schema that it broke. */
interface VerboseError extends FastifySchemaValidationError {
  readonly data?: unknown;
  readonly parentSchema?: { readonly description?: string; readonly properties?: Readonly<Record<string, PartSchema>> };
}

interface PartSchema {
  readonly description?: string;
}

function describe(
  part: string,
  { keyword, instancePath, params, parentSchema, data, message }: VerboseError,
): ProblemItem {
  const path = `${part}${instancePath.replaceAll('/', '.')}`;
  const properties = parentSchema?.properties ?? {};
  if (keyword === 'additionalProperties') {
    const known = Object.keys(properties).join(', ');
    const name = String(params['additionalProperty']).slice(0, NAME_LENGTH_MAX);
    return {
      field: `${path}.${name}`,
      expected: known === '' ? 'nothing here' : `only ${known}`,
      found: 'an unknown name',
    };
  }
  if (keyword === 'required') {
    const name = String(params['missingProperty']);
    return { field: `${path}.${name}`, expected: properties[name]?.description ?? 'a value', found: 'nothing' };
  }
  return { field: path, expected: parentSchema?.description ?? message ?? 'another value', found: describeValue(data) };
}

/** By its kind and size: a value may be a customer's. */
function describeValue(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  switch (typeof value) {
    case 'string':
      return `a text of ${value.length} characters`;
    case 'number':
      return 'another number';
    case 'undefined':
      return 'nothing';
    case 'object':
      return 'an object';
    default:
      return `a ${typeof value}`;
  }
}
