import {
  codecs,
  parseCustomerKey,
  readOutputHeaders,
  type TierChangeRecord,
  toldTierChange,
} from '@tidemark/contracts';
import type { CustomerId } from '@tidemark/domain';
import { type Lane, type LogRecord, type Offset, readLane } from '@tidemark/stream';
import type { TierChangeEntry } from './types.ts';

/** A tier change as it stands in the log. */
export interface LoggedTierChange {
  readonly lane: Lane;
  readonly offset: Offset;
  readonly customerId: CustomerId;
  readonly change: TierChangeRecord;
}

/** All tier changes of a lane, in order, each once. */
export async function* laneTierChanges(
  log: Parameters<typeof readLane>[0],
  lane: Lane,
): AsyncGenerator<LoggedTierChange> {
  // A send that was repeated after a crash left records twice; the dense number tells.
  let greatest = 0;
  for await (const record of readLane(log, 'tier-changes', lane)) {
    const logged = readTierChange(record, lane);
    if (logged === null || logged.change.number <= greatest) continue;
    greatest = logged.change.number;
    yield logged;
  }
}

/** Null for a record that is no tier change of a customer. Throws a `ContractError` for bytes that cannot be read. */
export function readTierChange(record: LogRecord, lane: Lane): LoggedTierChange | null {
  const { type, schema } = readOutputHeaders(record.headers);
  const key = parseCustomerKey(record.key);
  if (type !== 'change' || record.value === null || !key.ok) return null;
  const change = codecs['tier-change'].decode(record.value, schema);
  return { lane, offset: record.offset, customerId: key.customerId, change };
}

/** The effective time at which a record of tier-changes stands. */
export function tierTimeOf(record: LogRecord, lane: Lane): number {
  const { type, schema } = readOutputHeaders(record.headers);
  if (type === 'marker') return codecs.marker.decode(record.value ?? new Uint8Array(), schema).effectiveAt;
  return readTierChange(record, lane)?.change.effectiveAt ?? 0;
}

/** The part of the record that concerns the customer, not the lane. */
export function tierChangeEntry({ change }: LoggedTierChange): TierChangeEntry {
  const { number: _, ...entry } = toldTierChange(change);
  return entry;
}

/** Whether nothing but the passing of time led to the change. */
export function isBySilence({ causes }: Pick<TierChangeRecord, 'causes'>): boolean {
  return causes.every(({ kind }) => kind === 'silence');
}
