import { isUtf8 } from 'node:buffer';
import {
  ContractError,
  changeCodecOf,
  changeTopicOf,
  codecs,
  createRawDecoder,
  decodeTimeline,
  type Headers,
  isRawTopic,
  type RawDecoder,
  readOutputHeaders,
  readTimelineHeaders,
  type SchemaIds,
  type TopicName,
  timelineHeaders,
} from '@tidemark/contracts';
import { scoreNames } from '@tidemark/domain';
import { decodeRawRecord } from '@tidemark/producer/decode-raw-record';
import type { Lane, LogRecord } from '@tidemark/stream';

export interface Decoded {
  readonly type: string | null;
  readonly value: unknown;
  /** Where they are told by their names, whatever the format of the record. */
  readonly headers?: Headers;
}

/** Decodes what stands in the topic, if it is a raw one; the others need no registry, and get null. */
export async function rawDecoderFor(
  topic: TopicName,
  { schemaIds }: { schemaIds(): Promise<SchemaIds> },
): Promise<RawDecoder | null> {
  return isRawTopic(topic) ? createRawDecoder(await schemaIds()) : null;
}

/** A record as people and scripts read it: one line of JSON. A raw topic's needs its decoder. */
export async function recordLine(
  topic: TopicName,
  lane: Lane,
  record: LogRecord,
  raw: RawDecoder | null,
): Promise<string> {
  const { offset, appendedAtMs, key } = record;
  const time = new Date(appendedAtMs).toISOString();
  const { type, value, headers = record.headers } = await decodeRecord(topic, record, raw);
  return JSON.stringify({ topic, lane, offset, time, key: textOf(key), headers, type, value }, bytesAsBase64);
}

/** What cannot be decoded is shown as it is, with the reason: whoever tails may be looking for just that. */
async function decodeRecord(topic: TopicName, record: LogRecord, raw: RawDecoder | null): Promise<Decoded> {
  try {
    if (isRawTopic(topic)) return await decodeRaw(topic, record, raw);
    if (topic !== 'timeline') return decodeOutput(topic, record);
    const read = readTimelineHeaders(record.headers);
    return { ...decodeTimelineRecord(read, record), headers: timelineHeaders(read, read.schema, 1) };
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    return { type: null, value: { undecodable: error.message, bytes: record.value } };
  }
}

async function decodeRaw(topic: TopicName, { value }: LogRecord, raw: RawDecoder | null): Promise<Decoded> {
  if (raw === null) throw new Error('expected the decoder of a raw topic');
  const outcome = await decodeRawRecord(topic, value, raw);
  if (outcome.ok) return { type: outcome.recordType, value: outcome.value };
  return { type: null, value: { undecodable: outcome.detail, bytes: value } };
}

function decodeTimelineRecord({ type, schema }: ReturnType<typeof readTimelineHeaders>, { value }: LogRecord): Decoded {
  const bytes = value ?? new Uint8Array();
  switch (type) {
    case 'tick':
      return { type, value: null };
    case 'policy': {
      const { document, ...policy } = codecs['timeline-policy'].decode(bytes, schema ?? '');
      return { type, value: { ...policy, document: JSON.parse(document) } };
    }
    case 'live-switch':
      return { type, value: codecs['timeline-live-switch'].decode(bytes, schema ?? '') };
    case 'cutover':
      return { type, value: codecs['timeline-cutover'].decode(bytes, schema ?? '') };
    case 'format':
      return { type, value: codecs['timeline-format'].decode(bytes, schema ?? '') };
    default:
      return { type, value: decodeTimeline(type, schema ?? '', bytes).data };
  }
}

function decodeOutput(topic: TopicName, { headers, value }: LogRecord): Decoded {
  const { type, schema } = readOutputHeaders(headers);
  const bytes = value ?? new Uint8Array();
  if (type === 'dead-letter') return { type, value: codecs['dead-letter'].decode(bytes, schema) };
  if (type === 'progress') return { type, value: codecs.progress.decode(bytes, schema) };
  if (type === 'marker') return { type, value: codecs.marker.decode(bytes, schema) };
  const score = scoreNames.find((name) => changeTopicOf(name) === topic);
  const codec = score === undefined ? codecs['tier-change'] : changeCodecOf(score);
  return { type: codec.type, value: codec.decode(bytes, schema) };
}

function textOf(key: Uint8Array | null): string | Uint8Array | null {
  return key !== null && isUtf8(key) ? Buffer.from(key).toString('utf8') : key;
}

/** A Buffer turns itself into JSON before a replacer sees it. */
function bytesAsBase64(this: unknown, name: string, value: unknown): unknown {
  const original = (this as Record<string, unknown>)[name];
  return original instanceof Uint8Array ? { base64: Buffer.from(original).toString('base64') } : value;
}
