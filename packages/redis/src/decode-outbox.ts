import type { Headers, OutboxEntry } from '@tidemark/stream';
import { bytesOf } from './encode-chunk.ts';

/** An entry of a stream as Redis answers: its id, then field, value, and so on. */
export type StreamEntry = readonly [id: Buffer, fields: readonly Buffer[]];

/** The outputs of a block of what XRANGE gives; undefined if it is none of ours. */
export function decodeBlock([id, fields]: StreamEntry): readonly OutboxEntry[] | undefined {
  const byName = new Map<string, Buffer>();
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const [name, value] = [fields[i], fields[i + 1]];
    if (name !== undefined && value !== undefined) byName.set(name.toString(), value);
  }
  const [topic, headers, sizes] = ['topic', 'headers', 'sizes'].map((name) => byName.get(name)?.toString());
  const text = byName.get('bytes');
  if (topic === undefined || headers === undefined || sizes === undefined || text === undefined) return undefined;
  const pairs = JSON.parse(sizes) as (number | null)[];
  const shared = { topic, headers: JSON.parse(headers) as Headers };
  const bytes = bytesOf(text);
  const last = Number(id.toString().split('-')[1]);
  const outputs: OutboxEntry[] = [];
  for (let i = 0, at = 0; i < pairs.length; i += 2) {
    const [keySize = null, valueSize] = [pairs[i], pairs[i + 1] ?? 0];
    const valueAt = at + (keySize ?? 0);
    outputs.push({
      ...shared,
      sequence: last + 1 - (pairs.length - i) / 2,
      key: keySize === null ? null : bytes.subarray(at, valueAt),
      value: bytes.subarray(valueAt, valueAt + valueSize),
    });
    at = valueAt + valueSize;
  }
  return outputs;
}
