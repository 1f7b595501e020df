import type { TimeMs } from '@tidemark/domain';
import type { Type } from 'avsc';
import { asBuffer, fingerprintOf, typeOf, UnreadableBranch } from './avro-types.ts';
import { EVENT_TOPICS, type EventRecordType } from './catalogue.ts';
import { encodeChecked } from './codecs.ts';
import type { PolicyRecord, Records } from './generated/records.ts';
import { schemas } from './generated/schemas.ts';
import { policyVersionFor, versionFor } from './version-for.ts';
import type { WrittenPolicy } from './written-policy.ts';

/** What a pipeline's own tools write to raw topics, beside the customers' events. */
const CONTROL_RECORD_TYPES = ['policy', 'punctuation', 'live-switch', 'cutover', 'format'] as const;
export type ControlRecordType = (typeof CONTROL_RECORD_TYPES)[number];

/** What producers write, in Confluent's wire format: a zero byte, a schema id (4 bytes, big-endian), the Avro body. */
export type RawRecordType = EventRecordType | ControlRecordType;
export const RAW_RECORD_TYPES: readonly RawRecordType[] = [
  ...Object.values(EVENT_TOPICS).map(({ recordType }) => recordType),
  ...CONTROL_RECORD_TYPES,
];

/** Whether a pipeline runs without the type's schema in the registry: no service writes it, and the first release had none. */
export function isLaterRecordType(recordType: RawRecordType): boolean {
  return recordType === 'cutover' || recordType === 'format';
}

export function isControlRecordType(recordType: RawRecordType): recordType is ControlRecordType {
  return (CONTROL_RECORD_TYPES as readonly RawRecordType[]).includes(recordType);
}

export type RawRecord = { [R in RawRecordType]: { readonly recordType: R; readonly value: Records[R] } }[RawRecordType];

/** The port to a schema registry. Ids name schemas for ever. */
export interface SchemaIds {
  /** The id of this version of our schema, of the newest where none is named; undefined before it is registered. */
  idOf(recordType: RawRecordType, version?: number): number | undefined;
  /**
   * The schema as JSON; null if the registry says that it has none of this id. Where the registry cannot be asked, rejects
   * with a ContractError `registry-unavailable`. Each id is asked for once, unless the answer was null or an error.
   */
  schemaOf(id: number): string | null | Promise<string | null>;
}

/** What raw bytes turned out to be: data, not an exception. `detail` says what was expected and found, and no data. */
export type RawOutcome =
  | ({ readonly ok: true } & RawRecord)
  | { readonly ok: false; readonly reason: 'malformed' | 'unknown-schema' | 'invalid-field'; readonly detail: string };

export interface RawDecoder {
  /**
   * At once when the schema id was met before; otherwise a promise, since the registry must be asked. The promise rejects
   * with the registry's retriable error: the caller waits and tries again, and refuses nothing.
   */
  decode(bytes: Uint8Array | null): RawOutcome | Promise<RawOutcome>;
}

const MAGIC = 0;
const PREFIX_BYTES = 5;

/**
 * The record's bytes, for the id of the schema version that it is written with: `rawVersionFor` an event, the newest of other
 * types. Throws `invalid-record`, as `Codec.encode` does.
 */
export function encodeRaw<R extends RawRecordType>(recordType: R, schemaId: number, value: Records[R]): Uint8Array {
  const version = versionFor[recordType]?.(value);
  const type = version === 1 ? (FIRST_TYPES[recordType] ?? RAW_TYPES[recordType]) : RAW_TYPES[recordType];
  return encodeAs(recordType, type, schemaId, value);
}

/**
 * A policy's bytes, by the oldest schema that can say it; null where that has no id yet. Throws `invalid-record`.
 * Version 1 calls the rules `document`, so that builds which know no formats refuse version 2, and guess at nothing.
 */
export function encodePolicy(
  ids: Pick<SchemaIds, 'idOf'>,
  { number, hash, document, format, versions = {} }: WrittenPolicy,
  time: TimeMs,
): Uint8Array | null {
  const record: PolicyRecord = { number, hash, time, rules: document, format, versions };
  const version = policyVersionFor(record);
  const id = ids.idOf('policy', version);
  if (id === undefined) return null;
  return version === 1
    ? encodeAs('policy', POLICY_V1, id, { number, hash, time, document })
    : encodeRaw('policy', id, record);
}

function encodeAs(recordType: RawRecordType, type: Type, schemaId: number, value: unknown): Uint8Array {
  const bytes = encodeChecked(recordType, type, value, PREFIX_BYTES);
  bytes[0] = MAGIC;
  bytes.writeUInt32BE(schemaId, 1);
  return bytes;
}

/** A decoder that remembers every schema it has met (a registry has few). */
export function createRawDecoder(ids: SchemaIds): RawDecoder {
  const readers = new Map<number, Reader>();

  const remember = (id: number, schema: string | null): Reader => {
    const reader = schema === null ? UNREGISTERED : readerOf(schema);
    if (schema !== null) readers.set(id, reader);
    return reader;
  };

  return {
    decode(bytes) {
      if (bytes === null || bytes.length < PREFIX_BYTES || bytes[0] !== MAGIC) return NOT_WIRE_FORMAT;
      const buffer = asBuffer(bytes);
      const id = buffer.readUInt32BE(1);
      const known = readers.get(id);
      if (known !== undefined) return known(buffer, id);
      const schema = ids.schemaOf(id);
      if (!(schema instanceof Promise)) return remember(id, schema)(buffer, id);
      return schema.then((answer) => (readers.get(id) ?? remember(id, answer))(buffer, id));
    },
  };
}

type Reader = (buffer: Buffer, id: number) => RawOutcome;

const NOT_WIRE_FORMAT: RawOutcome = {
  ok: false,
  reason: 'malformed',
  detail:
    'expected a zero byte, a schema id of 4 bytes and an Avro body, or of an event a JSON object in UTF-8 without a mark before it, ' +
    `found other bytes, fewer than ${PREFIX_BYTES}, or none`,
};

/** An object's first byte. */
const BRACE = 0x7b;
const FRAMED_JSON: RawOutcome = {
  ok: false,
  reason: 'malformed',
  detail:
    'expected Avro behind the schema id, found JSON, as serializers of JSON Schema write it: send the JSON object alone, or Avro',
};

const UNREGISTERED: Reader = (_buffer, id) =>
  unknownSchema(`expected a registered schema, found id ${id}, which the registry does not have`);

/** Reads what `schema` wrote as our newest version of the record type that it names. */
function readerOf(schema: string): Reader {
  try {
    const writer = typeOf(JSON.parse(schema));
    const recordType = RAW_RECORD_TYPES.find((candidate) => RAW_TYPES[candidate].name === writer.name);
    if (recordType === undefined) {
      return (_buffer, id) =>
        unknownSchema(`expected the schema of a raw record type, found id ${id}, which is of another`);
    }
    return bodyReader(recordType, writer);
  } catch {
    return (buffer, id) =>
      buffer[PREFIX_BYTES] === BRACE
        ? FRAMED_JSON
        : unknownSchema(`expected a schema that this build can read, found id ${id}, which is not compatible with it`);
  }
}

/** Throws if ours cannot be resolved from the writer's. */
function bodyReader(recordType: RawRecordType, writer: Type): Reader {
  const reader = RAW_TYPES[recordType];
  const resolver = fingerprintOf(writer) === fingerprintOf(reader) ? undefined : reader.createResolver(writer);
  return (buffer, id) => {
    try {
      const { value, offset } = reader.decode(buffer, PREFIX_BYTES, resolver);
      if (offset === buffer.length) return { ok: true, recordType, value };
      return malformedBody(recordType, id, offset < 0 ? 'it ends too early' : 'bytes are left over');
    } catch (error) {
      const isOfAnotherType = error instanceof UnreadableBranch;
      return malformedBody(recordType, id, isOfAnotherType ? UNREADABLE_VALUE : 'its bytes are impossible');
    }
  };
}

const UNREADABLE_VALUE = 'a value has a type that this version cannot read, which its schema allows beside others';

function malformedBody(recordType: RawRecordType, id: number, found: string): RawOutcome {
  const detail = `expected the body of a record ${recordType} of schema id ${id}, found that ${found}`;
  return { ok: false, reason: 'malformed', detail };
}

function unknownSchema(detail: string): RawOutcome {
  return { ok: false, reason: 'unknown-schema', detail };
}

const RAW_TYPES = Object.fromEntries(
  RAW_RECORD_TYPES.map((recordType) => [recordType, typeOf(schemas[recordType].at(-1)?.schema)]),
) as Readonly<Record<RawRecordType, Type>>;

const POLICY_V1 = typeOf(schemas.policy[0].schema);
/** Of types that have a later version. */
const FIRST_TYPES: { readonly [R in RawRecordType]?: Type } = {
  'identity-event': typeOf(schemas['identity-event'][0].schema),
};
