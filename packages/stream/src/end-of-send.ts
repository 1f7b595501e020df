import type { NewRecord } from './ports/event-log.ts';

/** Kafka bounds a send, not a record: raw topics take 1 MiB. Half leaves room for whatever wraps the records. */
export const SEND_BYTES_MAX = 512 * 1024;
/** What a record's headers and framing add, about. */
const RECORD_OVERHEAD_BYTES = 64;

/** Where the longest run from `from` on ends that one send may have; at least one record, however large. */
export function endOfSend(
  records: readonly Pick<NewRecord, 'key' | 'value'>[],
  from: number,
  recordsMax: number,
): number {
  let bytes = 0;
  for (let i = from; i < records.length; i++) {
    bytes += bytesInSend(records[i] as NewRecord);
    if (i > from && (bytes > SEND_BYTES_MAX || i - from >= recordsMax)) return i;
  }
  return records.length;
}

export function bytesInSend({ key, value }: Pick<NewRecord, 'key' | 'value'>): number {
  return (key?.length ?? 0) + (value?.length ?? 0) + RECORD_OVERHEAD_BYTES;
}
