import type { ForSchemaOptions, Resolver, Schema, Type } from 'avsc';
import avro from 'avsc';

/**
 * Compiles a schema into an avsc type that is safe on bytes of unknown origin. avsc trusts its input: a corrupt length
 * makes an array loop for minutes, invalid UTF-8 becomes U+FFFD, a great negative
 * long becomes positive. Here all of these throw. Decoded records are plain objects. A resolver takes a writer's union
 * branch by branch: one that cannot be read fails the records that have it (`UnreadableBranch`), and no others.
 */
export function typeOf(schema: unknown): Type {
  return avro.Type.forSchema(schema as Schema, { omitRecordMethods: true, typeHook: strictType });
}

/** First 16 hex digits of the SHA-256 of the schema's Parsing Canonical Form. */
export function fingerprintOf(type: Type): string {
  return type.fingerprint('sha256').toString('hex', 0, 8);
}

/** The parts of avsc's cursor over a buffer that are used here. It never throws; `pos` beyond the end means truncated. */
interface Tap {
  readonly buf: Buffer;
  pos: number;
  readInt(): number;
  readLong(): number;
  readString(): string | undefined;
  writeString(text: string): void;
  writeLong(value: number): void;
}

interface Reader {
  _read(tap: Tap): unknown;
  _skip(tap: Tap): void;
}

function strictType(schema: Schema, options: ForSchemaOptions): Type | undefined {
  const kind = typeof schema === 'object' && 'type' in schema ? schema.type : schema;
  switch (kind) {
    case 'string':
      return STRING;
    case 'boolean':
      return BOOLEAN;
    case 'int':
      return INT;
    case 'long':
      return LONG;
    case 'array':
      return new StrictArray(schema, options);
    case 'map':
      return new StrictMap(schema, options);
    case 'record':
      return plainRecord(schema, options);
    case 'enum':
      return new ReadableEnum(schema, options);
    default:
      return isNullable(schema) ? new Nullable(schema, options) : undefined;
  }
}

/** A writer's value of a type that the reader has no place for. */
export class UnreadableBranch extends Error {}

type TypeClass = new (...args: never[]) => Type;

/** avsc makes a resolver for a writer's union only where every branch can be read. */
function byBranch<Base extends TypeClass>(base: Base): Base {
  class ByBranch extends (base as TypeClass) {
    override createResolver(writer: Type, options?: object): Resolver {
      if (!avro.Type.isType(writer, 'union')) return this.#resolve(writer, options);
      const branches = (writer as Type & { types: readonly Type[] }).types;
      const resolvers = branches.map((branch) => {
        try {
          return this.#resolve(branch, options) as unknown as Pick<Reader, '_read'>;
        } catch {
          return UNREADABLE;
        }
      });
      if (resolvers.every((resolver) => resolver === UNREADABLE)) return this.#resolve(writer, options);
      const read = (tap: Tap) => {
        const resolver = resolvers[tap.readLong()];
        if (resolver === undefined) throw new Error('invalid union index');
        return resolver._read(tap);
      };
      return { _readerType: this, _read: read } as unknown as Resolver;
    }

    #resolve(writer: Type, options: object | undefined): Resolver {
      // The second parameter, which a record hands on to its fields, is missing from avsc's own declaration.
      return (super.createResolver as (writer: Type, options?: object) => Resolver).call(this, writer, options);
    }
  }
  return ByBranch as unknown as Base;
}

const UNREADABLE: Pick<Reader, '_read'> = {
  _read() {
    throw new UnreadableBranch('a value of a type that the reader cannot read');
  },
};

const ReadableEnum = byBranch(avro.types.EnumType);
const ReadableRecord = byBranch(avro.types.RecordType);
const Nullable = byBranch(avro.types.UnwrappedUnionType);

function isNullable(schema: Schema): boolean {
  return Array.isArray(schema) && schema.length === 2 && schema.includes('null');
}

function plainRecord(schema: Schema, options: ForSchemaOptions): Type {
  const type = new ReadableRecord(schema, options);
  // Instances made by this constructor then have the same prototype as an object literal.
  (type.recordConstructor as { prototype: object }).prototype = Object.prototype;
  return type;
}

class StrictString extends byBranch(avro.types.StringType) {
  _read(tap: Tap): string | undefined {
    const text = tap.readString();
    if (text?.includes(REPLACEMENT) && !endsWithBytesOf(tap, text)) throw new Error('invalid UTF-8');
    return text;
  }

  _write(tap: Tap, value: unknown): void {
    if (typeof value !== 'string' || !value.isWellFormed()) throw new Error('invalid string');
    tap.writeString(value);
  }
}

const REPLACEMENT = '\u{fffd}';

/** Whether the bytes just read are the text's own, so that a U+FFFD in it was written and did not stand for bad bytes. */
function endsWithBytesOf(tap: Tap, text: string): boolean {
  const bytes = Buffer.from(text, 'utf8');
  return tap.pos >= bytes.length && tap.buf.subarray(tap.pos - bytes.length, tap.pos).equals(bytes);
}

class StrictBoolean extends byBranch(avro.types.BooleanType) {
  _read(tap: Tap): boolean {
    const byte = tap.buf[tap.pos++];
    if (byte !== undefined && byte > 1) throw new Error('invalid boolean');
    return byte === 1;
  }
}

class StrictInt extends byBranch(avro.types.IntType) {
  _read(tap: Tap): number {
    const value = tap.readInt();
    if (value !== (value | 0)) throw new Error('invalid int');
    return value;
  }
}

/**
 * avsc reads and writes longs through doubles of twice their value: from 2^52 on, a negative one comes back positive.
 * Times, offsets, counts and amounts stay far below.
 */
class StrictLong extends byBranch(avro.types.LongType) {
  _read(tap: Tap): number {
    const value = tap.readLong();
    if (!(Math.abs(value) <= LONG_MAX)) throw new Error('long out of range');
    return value;
  }

  _write(tap: Tap, value: unknown): void {
    if (!Number.isInteger(value) || Math.abs(value as number) > LONG_MAX) throw new Error('long out of range');
    tap.writeLong(value as number);
  }

  _check(value: unknown, _flags: number, hook?: (value: unknown, type: Type) => void): boolean {
    const valid = Number.isInteger(value) && Math.abs(value as number) <= LONG_MAX;
    if (!valid && hook !== undefined) hook(value, this);
    return valid;
  }
}

/** 2^52 - 1. */
export const LONG_MAX = 4_503_599_627_370_495;

class StrictArray extends byBranch(avro.types.ArrayType) {
  _read(tap: Tap): unknown[] {
    const items = this.itemsType as unknown as Reader;
    const values: unknown[] = [];
    for (let count = readCount(tap); count > 0; count = readCount(tap)) {
      for (let i = 0; i < count; i++) values.push(items._read(tap));
    }
    return values;
  }

  _skip(tap: Tap): void {
    const items = this.itemsType as unknown as Reader;
    for (let count = readCount(tap); count > 0; count = readCount(tap)) {
      for (let i = 0; i < count; i++) items._skip(tap);
    }
  }
}

class StrictMap extends byBranch(avro.types.MapType) {
  _write(tap: Tap, value: unknown): void {
    if (typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__'))
      throw new Error('invalid map key');
    writeMap.call(this, tap, value);
  }

  _read(tap: Tap): Record<string, unknown> {
    const valuesType = this.valuesType as Reader;
    const values: Record<string, unknown> = {};
    for (let count = readCount(tap); count > 0; count = readCount(tap)) {
      for (let i = 0; i < count; i++) {
        const name = (STRING as unknown as Reader)._read(tap) as string;
        const value = valuesType._read(tap);
        if (name === '__proto__') throw new Error('invalid map key');
        values[name] = value;
      }
    }
    return values;
  }

  _skip(tap: Tap): void {
    const valuesType = this.valuesType as Reader;
    for (let count = readCount(tap); count > 0; count = readCount(tap)) {
      for (let i = 0; i < count; i++) {
        (STRING as unknown as Reader)._skip(tap);
        valuesType._skip(tap);
      }
    }
  }
}

const writeMap = (avro.types.MapType.prototype as unknown as { _write(tap: Tap, value: unknown): void })._write;

/** The size of the next block, 0 at the end. Items have at least one byte, so a greater size than bytes left is a lie. */
function readCount(tap: Tap): number {
  let count = tap.readLong();
  if (count < 0) {
    count = -count;
    tap.readLong(); // The block's size in bytes, for readers that skip.
  }
  if (!(count <= tap.buf.length - tap.pos)) throw new Error('invalid block size');
  return count;
}

const STRING = new StrictString();
const BOOLEAN = new StrictBoolean();
const INT = new StrictInt();
const LONG = new StrictLong();

/** The same bytes as a Buffer, which avsc wants. Copies nothing. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Records are written here first, since their length is not known before. Most are far smaller. */
const SCRATCH = Buffer.allocUnsafeSlow(16_384);

/** The value's bytes in a buffer of their own, after `headroom` bytes for the caller to fill. Throws what does not fit. */
export function serialise(type: Type, value: unknown, headroom: number): Buffer {
  const end = type.encode(value, SCRATCH, headroom);
  if (end >= 0) return copyOf(SCRATCH, end);
  const large = Buffer.allocUnsafeSlow(SCRATCH.length - end);
  type.encode(value, large, headroom);
  return large;
}

function copyOf(source: Buffer, end: number): Buffer {
  const copy = Buffer.allocUnsafe(end);
  source.copy(copy, 0, 0, end);
  return copy;
}
