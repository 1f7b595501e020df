import { codecs, parseCustomerKey, readOutputHeaders, type TierChangeRecord } from '@tidemark/contracts';
import type { CustomerId } from '@tidemark/domain';
import { type Lane, readLane } from '@tidemark/stream';
import type { FolderReading } from './folder-reading.ts';

/** A tier change as it stands in the log. */
export interface LoggedTierChange {
  readonly lane: Lane;
  readonly customerId: CustomerId;
  readonly change: TierChangeRecord;
}

/** All tier changes of a lane, in order, each once. */
export async function* readTierChanges(log: FolderReading['log'], lane: Lane): AsyncGenerator<LoggedTierChange> {
  // A send that was repeated after a crash left records twice; the dense number tells.
  let greatest = 0;
  for await (const record of readLane(log, 'tier-changes', lane)) {
    const { type, schema } = readOutputHeaders(record.headers);
    const key = parseCustomerKey(record.key);
    if (type !== 'change' || record.value === null || !key.ok) continue;
    const change = codecs['tier-change'].decode(record.value, schema);
    if (change.number <= greatest) continue;
    greatest = change.number;
    yield { lane, customerId: key.customerId, change };
  }
}

/** Whether nothing but the passing of time led to the change. */
export function isBySilence({ causes }: TierChangeRecord): boolean {
  return causes.every(({ kind }) => kind === 'silence');
}
