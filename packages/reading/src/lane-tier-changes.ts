import {
  codecs,
  parseCustomerKey,
  readOutputHeaders,
  type TierChangeRecord,
  toldTierChange,
} from '@tidemark/contracts';
import { type CustomerId, TIER_FIRST_VERSION } from '@tidemark/domain';
import { type Lane, type LogRecord, type Offset, readLane, VersionRule } from '@tidemark/stream';
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
  const counted = new CountedTierChanges(lane, new VersionRule());
  for await (const record of readLane(log, 'tier-changes', lane)) {
    const logged = counted.next(record);
    if (logged !== null) yield logged;
  }
}

/**
 * Reads a lane's tier changes in order, from wherever the rule stands. A send that was repeated left records twice, which
 * the dense number tells. What is missing from the log is passed over.
 */
export class CountedTierChanges {
  readonly #lane: Lane;
  readonly #rule: VersionRule;

  constructor(lane: Lane, rule: VersionRule) {
    this.#lane = lane;
    this.#rule = rule;
  }

  /** The change that the record tells; null for one that tells none, or none that counts. */
  next(record: LogRecord): LoggedTierChange | null {
    const { type, schema } = readOutputHeaders(record.headers);
    if (type === 'marker') {
      this.#rule.takeMarker(codecs.marker.decode(record.value ?? new Uint8Array(), schema).foldVersion ?? 0);
      return null;
    }
    const logged = readTierChange(record, this.#lane);
    if (logged === null) return null;
    const { foldVersion, number } = logged.change;
    const verdict = this.#rule.takeChange(foldVersion ?? TIER_FIRST_VERSION, number);
    if (verdict === 'gap') this.#rule.passTo(number);
    return verdict === 'dropped' ? null : logged;
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
