import fc from 'fast-check';
import { LONG_MAX } from '../avro-types.ts';
import type { Records, RecordType } from '../generated/records.ts';
import { schemas } from '../generated/schemas.ts';

/** Any record that the newest schema of `recordType` allows. */
export function recordArbitrary<R extends RecordType>(recordType: R): fc.Arbitrary<Records[R]> {
  return arbitraryOf(schemas[recordType].at(-1)?.schema, new Map()) as fc.Arbitrary<Records[R]>;
}

type Named = Map<string, fc.Arbitrary<unknown>>;

function arbitraryOf(type: unknown, named: Named): fc.Arbitrary<unknown> {
  if (typeof type === 'string') return primitive(type) ?? named.get(type) ?? fail(type);
  if (Array.isArray(type)) return fc.oneof(...type.map((branch) => arbitraryOf(branch, named)));
  const schema = type as Record<string, unknown>;
  const arbitrary = complex(schema, named);
  if (typeof schema['name'] === 'string') named.set(schema['name'], arbitrary);
  return arbitrary;
}

function complex(schema: Record<string, unknown>, named: Named): fc.Arbitrary<unknown> {
  switch (schema['type']) {
    case 'record': {
      const fields = schema['fields'] as { name: string; type: unknown }[];
      return fc.record(Object.fromEntries(fields.map((field) => [field.name, arbitraryOf(field.type, named)])), {
        noNullPrototype: true,
      });
    }
    case 'enum':
      return fc.constantFrom(...(schema['symbols'] as string[]));
    case 'array':
      return fc.array(arbitraryOf(schema['items'], named), { maxLength: 5 });
    case 'map':
      return fc.dictionary(text.filter(isMapKey), arbitraryOf(schema['values'], named), {
        maxKeys: 5,
        noNullPrototype: true,
      });
    default:
      return primitive(schema['type']) ?? fail(schema['type']);
  }
}

const text = fc.string({ unit: 'binary', maxLength: 120 });

function isMapKey(key: string): boolean {
  return key !== '__proto__';
}

function primitive(type: unknown): fc.Arbitrary<unknown> | undefined {
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'int':
      return fc.integer();
    case 'long':
      return fc.integer({ min: -LONG_MAX, max: LONG_MAX });
    case 'double':
      return fc.double({ noNaN: true });
    case 'string':
      return text;
    case 'bytes':
      // Decoded bytes are Buffers, which test runners tell from other Uint8Arrays.
      return fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
    default:
      return undefined;
  }
}

function fail(type: unknown): never {
  throw new Error(`no arbitrary for Avro type ${String(type)}`);
}
