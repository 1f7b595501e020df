import type { Headers, OutboxEntry } from '@tidemark/stream';
import { bytesOf } from './encode-chunk.ts';

/** An entry of a stream as Redis answers: its id, then field, value, and so on. */
export type StreamEntry = readonly [id: Buffer, fields: readonly Buffer[]];

/** An outbox entry of what XRANGE gives; undefined if it is none of ours. */
export function decodeEntry([id, fields]: StreamEntry): OutboxEntry | undefined {
  const byName = new Map<string, Buffer>();
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const [name, value] = [fields[i], fields[i + 1]];
    if (name !== undefined && value !== undefined) byName.set(name.toString(), value);
  }
  const [topic, headers, value] = [byName.get('topic'), byName.get('headers'), byName.get('value')];
  if (topic === undefined || headers === undefined || value === undefined) return undefined;
  const key = byName.get('key');
  return {
    sequence: Number(id.toString().split('-')[1]),
    topic: topic.toString(),
    key: key === undefined ? null : bytesOf(key),
    value: bytesOf(value),
    headers: JSON.parse(headers.toString()) as Headers,
  };
}
