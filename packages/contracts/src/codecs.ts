import type { ScoreName, TimelineEventType } from '@tidemark/domain';
import type { Type } from 'avsc';
import { asBuffer, serialise, typeOf } from './avro-types.ts';
import { type ChangeRecordType, changeRecordTypeOf, TIMELINE_EVENT_TYPES } from './catalogue.ts';
import { ContractError } from './errors.ts';
import type { ChangeRecord, DeadLetterRecord, Records, RecordType } from './generated/records.ts';
import { schemas } from './generated/schemas.ts';
import { scoreNames } from './generated/score-names.ts';
import type { SchemaVersion } from './schema-version.ts';
import { versionFor } from './version-for.ts';

/** Writes and reads the pipeline's own records; the fingerprint travels beside the bytes, in a header. */
export interface Codec<T> {
  readonly type: string;
  /** Names the newest schema: 16 hex digits. */
  readonly fingerprint: string;
  /** Names the schema that `encode` writes this value with. */
  fingerprintFor(value: T): string;
  /** Throws `invalid-record` for a value that does not fit the schema; the message names the field, never its value. */
  encode(value: T): Uint8Array;
  /**
   * The record, brought to the newest version if an older one wrote it. Throws `unknown-fingerprint` or
   * `corrupt-record`, and never returns a guess: truncated, trailing and impossible bytes are all refused.
   */
  decode(bytes: Uint8Array, fingerprint: string): T;
}

/**
 * A codec for a record type's versions, oldest first: it reads all, and writes each value with the version that `versionOf`
 * gives for it, the newest where none is given.
 * Cost: compiles every version once, here; nothing is compiled later.
 */
export function createCodec<T>(
  type: string,
  versions: readonly SchemaVersion[],
  versionOf?: (value: T) => number,
): Codec<T> {
  const newest = versions.at(-1);
  if (newest === undefined) {
    throw new Error(`record type ${type} has no schema: run node packages/contracts/src/generate/main.ts`);
  }
  const writer = typeOf(newest.schema);
  const writers = new Map(
    versions.map(({ version, fingerprint, schema }) => [
      version,
      { fingerprint, schema: version === newest.version ? writer : typeOf(schema) },
    ]),
  );
  const newestWriter = { fingerprint: newest.fingerprint, schema: writer };
  const writerFor = (value: T) =>
    versionOf === undefined ? newestWriter : (writers.get(versionOf(value)) ?? newestWriter);
  const readers = new Map(versions.map((version) => [version.fingerprint, readerOf(version, newest, writer)]));
  const { fingerprint } = newest;
  const decodeNewest = readerOf(newest, newest, writer);
  return {
    type,
    fingerprint,
    fingerprintFor: (value) => writerFor(value).fingerprint,
    encode: (value) => encodeChecked(type, writerFor(value).schema, value, 0),
    decode(bytes, writtenWith) {
      const read = writtenWith === fingerprint ? decodeNewest : readers.get(writtenWith);
      if (read === undefined) throw unknownFingerprint(type, writtenWith);
      try {
        return read(asBuffer(bytes)) as T;
      } catch (error) {
        throw corruptRecord(type, writtenWith, error);
      }
    },
  };
}

type Read = (bytes: Buffer) => unknown;

function readerOf(version: SchemaVersion, newest: SchemaVersion, newestType: Type): Read {
  if (version === newest) return (bytes) => newestType.fromBuffer(bytes);
  const own = typeOf(version.schema);
  const left = leftOut(version.schema as AvroRecord, newest.schema as AvroRecord);
  // Nearly all records of a pipeline that was never upgraded: to resolve each takes half as long again.
  if (left !== null) return (bytes) => Object.assign(own.fromBuffer(bytes), left);
  const resolver = newestType.createResolver(own);
  return (bytes) => newestType.fromBuffer(bytes, resolver);
}

interface AvroRecord {
  readonly fields: readonly { readonly name: string; readonly type: unknown; readonly default?: unknown }[];
}

/** What the newer version has behind all that the older one has, with the values that it has there: null; null if more differs. */
function leftOut(older: AvroRecord, newer: AvroRecord): Readonly<Record<string, null>> | null {
  const added = newer.fields.slice(older.fields.length);
  const isSame = older.fields.every((field, i) => formOf(field) === formOf(newer.fields[i]));
  if (!isSame || added.some((field) => field.default !== null)) return null;
  return Object.fromEntries(added.map(({ name }) => [name, null]));
}

function formOf(field: AvroRecord['fields'][number] | undefined): string {
  return JSON.stringify(field, (key, value) => (key === 'doc' ? undefined : value));
}

/** `headroom` bytes before the record are left for the caller to fill. */
export function encodeChecked(recordType: string, type: Type, value: unknown, headroom: number): Buffer {
  try {
    return serialise(type, value, headroom);
  } catch {
    // avsc's own message shows the value; a field's name is enough to find the bug, and is nobody's data.
    const field = firstInvalidField(type, value);
    const message = `cannot write a ${recordType}: expected a value of its schema, found another in field ${field}`;
    throw new ContractError('invalid-record', message, { recordType, field });
  }
}

function firstInvalidField(type: Type, value: unknown): string {
  let field: string | undefined;
  type.isValid(value, { errorHook: (path) => (field ??= path[0]) });
  return field ?? '(unknown)';
}

function unknownFingerprint(recordType: string, fingerprint: string): ContractError {
  const message = `cannot read a ${recordType}: its schema ${fingerprint} is not among those of this build. A newer build wrote it: upgrade this one`;
  return new ContractError('unknown-fingerprint', message, { recordType, fingerprint });
}

function corruptRecord(recordType: string, fingerprint: string, cause: unknown): ContractError {
  const message = `cannot read a ${recordType}: its bytes are not a record of schema ${fingerprint}. The log is damaged, or something else wrote to the topic`;
  return new ContractError('corrupt-record', message, { recordType, fingerprint }, cause);
}

function codecOf<R extends RecordType>(type: R): Codec<Records[R]> {
  return createCodec<Records[R]>(type, schemas[type] ?? [], versionFor[type]);
}

/** Of the timeline's events, by their type. */
export const eventCodecs = Object.fromEntries(
  TIMELINE_EVENT_TYPES.map((type) => [type, codecOf(`timeline-${type}`)]),
) as { readonly [T in TimelineEventType]: Codec<Records[`timeline-${T}`]> };

const timelineCodecs = Object.fromEntries(
  TIMELINE_EVENT_TYPES.map((type) => [`timeline-${type}`, eventCodecs[type]]),
) as { readonly [T in TimelineEventType as `timeline-${T}`]: Codec<Records[`timeline-${T}`]> };

/** Of the scores' changes: records that differ in the attributes of their views alone. */
const changeCodecs = Object.fromEntries(
  scoreNames.map(changeRecordTypeOf).map((type) => [type, codecOf<RecordType>(type)]),
) as { readonly [R in ChangeRecordType]: Codec<ChangeRecord> };

/** The codec of a score's changes. */
export function changeCodecOf(score: ScoreName): Codec<ChangeRecord> {
  const codec: Codec<ChangeRecord> | undefined = changeCodecs[changeRecordTypeOf(score)];
  if (codec === undefined) {
    throw new Error(`score ${score} has no record type yet: run node packages/contracts/src/generate/main.ts`);
  }
  return codec;
}

/**
 * avsc writes bytes from nothing but a Buffer; the log's keys and values may be any Uint8Array. Headers are a producer's
 * own: whatever is in them, the letter about their record must be written, or it would hold up its lane.
 */
function deadLetterCodec(codec: Codec<DeadLetterRecord>): Codec<DeadLetterRecord> {
  return {
    ...codec,
    encode: ({ key, value, headers, ...rest }) =>
      codec.encode({
        ...rest,
        key: key && asBuffer(key),
        value: value && asBuffer(value),
        headers: writableHeaders(headers),
      }),
  };
}

/** Without a name that no map here can have, and with U+FFFD for half a surrogate pair, which UTF-8 cannot have. */
function writableHeaders(headers: DeadLetterRecord['headers']): DeadLetterRecord['headers'] {
  const entries = Object.entries(headers).filter(([name]) => name !== '__proto__');
  return Object.fromEntries(entries.map(([name, value]) => [name.toWellFormed(), value.toWellFormed()]));
}

/** The codecs of the pipeline's own records; raw records go through `raw-wire.ts`. */
export const codecs = {
  ...timelineCodecs,
  'timeline-policy': codecOf('timeline-policy'),
  'timeline-live-switch': codecOf('timeline-live-switch'),
  'timeline-cutover': codecOf('timeline-cutover'),
  'timeline-format': codecOf('timeline-format'),
  ...changeCodecs,
  progress: codecOf('progress'),
  marker: codecOf('marker'),
  'tier-change': codecOf('tier-change'),
  'dead-letter': deadLetterCodec(codecOf('dead-letter')),
} as const satisfies { readonly [R in RecordType]?: Codec<Records[R]> };
