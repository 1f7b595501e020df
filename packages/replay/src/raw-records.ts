import {
  type ControlRecordType,
  encodePolicy,
  encodeRaw,
  isControlRecordType,
  RAW_RECORD_TYPES,
  type RawRecordType,
  rawVersionFor,
  type SchemaIds,
} from '@tidemark/contracts';
import { birthVersions, type TimeMs } from '@tidemark/domain';
import type { PolicyDocument } from '@tidemark/policy';
import type { Headers, NewRecord } from '@tidemark/stream';
import type { RawEvent } from './raw-event.ts';

/** The ids of the schemas that a replay writes with, looked up once: of each type the first, which can say all that it has. */
export type WriterIds = Readonly<Record<Exclude<RawRecordType, ControlRecordType> | 'punctuation', number>>;

const WRITTEN = RAW_RECORD_TYPES.filter((type) => type === 'punctuation' || !isControlRecordType(type));

/** Throws if a schema is not registered: a mistake in how the program was put together. */
export function writerIdsOf(schemaIds: SchemaIds): WriterIds {
  const ids = WRITTEN.map((type) => {
    const id = schemaIds.idOf(type, 1);
    if (id === undefined) throw new Error(`expected the schema of ${type} to be registered before a replay`);
    return [type, id];
  });
  return Object.fromEntries(ids) as WriterIds;
}

export function punctuationRecord(time: TimeMs, until: TimeMs, ids: WriterIds, headers: Headers): NewRecord {
  return { key: null, value: encodeRaw('punctuation', ids.punctuation, { time, until }), headers };
}

/** The first policy of a pipeline. Throws if its schema is not registered. */
export function policyRecord(policy: PolicyDocument, time: TimeMs, schemaIds: SchemaIds, headers: Headers): NewRecord {
  const value = encodePolicy(schemaIds, { number: 1, ...policy, versions: birthVersions() }, time);
  if (value === null) throw new Error(`expected the schema of policies of format ${policy.format} to be registered`);
  return { key: null, value, headers };
}

/** Throws if a schema is not registered, as `writerIdsOf` does: one that only a timeline of a later build needs. */
export function eventRecord(
  key: Uint8Array,
  { recordType, value }: RawEvent,
  ids: WriterIds,
  schemaIds: SchemaIds,
  headers: Headers,
): NewRecord {
  const version = rawVersionFor(recordType, value as never);
  const id = version === 1 ? ids[recordType] : schemaIds.idOf(recordType, version);
  if (id === undefined)
    throw new Error(`expected version ${version} of ${recordType} to be registered before a replay`);
  return { key, value: encodeRaw(recordType, id, value), headers };
}
