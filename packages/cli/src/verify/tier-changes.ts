import { codecs, parseCustomerKey, readOutputHeaders } from '@tidemark/contracts';
import { type CustomerId, TIER_FIRST_VERSION, TIER_VERSION } from '@tidemark/domain';
import type { PlainOutput } from '@tidemark/plain-fold';
import { type EventLog, type Lane, type NewRecord, readLane } from '@tidemark/stream';
import type { Difference } from './difference.ts';
import type { StoredService } from './stored-lane.ts';

const TIER_CHANGES = 'tier-changes';

/** What is compared of a change of tier. */
interface TierChange {
  readonly number: number;
  readonly customerId: CustomerId;
  readonly timelineOffset: number;
  /** The customer's own number, which does not depend on who else is folded. */
  readonly change: number;
  readonly content: string;
}

/** Collects a lane's changes of tier as the plain fold has them, then compares them with the log's. */
export class TierChangeCheck {
  readonly #lane: Lane;
  readonly #isSample: boolean;
  readonly #expected = new Map<string, TierChange>();

  /** In a sample customers are left out, so that the lane's dense numbers are no longer those of the log. */
  constructor(lane: Lane, isSample: boolean) {
    this.#lane = lane;
    this.#isSample = isSample;
  }

  add({ service, topic, headers, value, customerId }: PlainOutput): void {
    if (service !== 'tier' || topic !== TIER_CHANGES) return;
    const change = this.#read(customerId, value, headers);
    this.#expected.set(this.#keyOf(change), change);
  }

  /** Changes that tier has stored and not yet sent count as in the log. */
  async compare(
    log: Pick<EventLog, 'bounds' | 'read'>,
    { next, outbox }: StoredService,
    wants: (customerId: CustomerId) => boolean,
  ): Promise<Difference[]> {
    const differences: Difference[] = [];
    const seen = new Set<string>();
    const compare = (record: NewRecord) => {
      const key = parseCustomerKey(record.key);
      if (!key.ok || !wants(key.customerId) || isEarlier(record)) return;
      const found = this.#read(key.customerId, record.value ?? new Uint8Array(), record.headers);
      const name = this.#keyOf(found);
      // The log may hold those of records that tier had not folded when its state was read.
      if (found.timelineOffset >= next) return;
      seen.add(name);
      const expected = this.#expected.get(name);
      if (expected?.content !== found.content) differences.push(this.#difference(key.customerId, expected, found));
    };
    for await (const record of readLane(log, TIER_CHANGES, this.#lane)) compare(record);
    for (const entry of outbox) if (entry.topic === TIER_CHANGES) compare(entry);
    for (const [name, expected] of this.#expected) {
      if (expected.timelineOffset >= next || seen.has(name)) continue;
      differences.push(this.#difference(expected.customerId, expected, undefined));
    }
    return differences;
  }

  #keyOf({ number, customerId, change }: TierChange): string {
    return this.#isSample ? `${change} ${customerId}` : String(number);
  }

  #difference(customerId: CustomerId, expected: TierChange | undefined, found: TierChange | undefined): Difference {
    return {
      lane: this.#lane,
      customerId,
      service: 'tier',
      kind: 'tier change',
      expected: expected?.content ?? null,
      found: found?.content ?? null,
    };
  }

  #read(customerId: CustomerId, value: Uint8Array, headers: Readonly<Record<string, string>>): TierChange {
    const { number, change, timelineOffset, from, to, effectiveAt } = codecs['tier-change'].decode(
      value,
      readOutputHeaders(headers).schema,
    );
    const numbered = this.#isSample ? {} : { number };
    const content = JSON.stringify({ ...numbered, change, customerId, from, to, effectiveAt });
    return { number, customerId, timelineOffset, change, content };
  }
}

/** What an earlier version told, before this one took over or lingering behind it; its code is gone. */
function isEarlier({ headers, value }: NewRecord): boolean {
  const { type, schema } = readOutputHeaders(headers);
  if (type !== 'change') return false;
  const { foldVersion } = codecs['tier-change'].decode(value ?? new Uint8Array(), schema);
  return (foldVersion ?? TIER_FIRST_VERSION) < TIER_VERSION;
}
