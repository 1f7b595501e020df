import { codecs, parseCustomerKey, readOutputHeaders, type TierChangeRecord } from '@tidemark/contracts';
import { type EventLog, type Lane, type LogRecord, readLane } from '@tidemark/stream';

/** A pipeline's tier changes as a consumer takes them: a change's identity is its lane and its dense number there. */
export interface TierChangesRead {
  /** Customer, their own number, from, to, reasons and effective time of each, as JSON; by customer, then by number. */
  readonly changes: readonly string[];
  /** Records of an identity that was read before. */
  readonly doubles: number;
  /** Doubles that are not, byte for byte, what was read before. */
  readonly contradictions: number;
}

/**
 * Reads the whole topic, lane after lane, from Kafka or a data folder; holds a text a change. Throws where a lane's numbers,
 * or a customer's own, skip one: then changes are missing.
 */
export async function tierChangesOf(log: Pick<EventLog, 'lanes' | 'bounds' | 'read'>): Promise<TierChangesRead> {
  const changes: { readonly customerId: string; readonly change: number; readonly text: string }[] = [];
  let [doubles, contradictions] = [0, 0];
  for (let lane = 0; lane < log.lanes; lane++) {
    const read = new LaneChanges(lane);
    for await (const record of readLane(log, 'tier-changes', lane)) {
      const logged = decode(record, lane);
      if (read.take(logged, record)) changes.push({ ...logged.identity, text: logged.text });
    }
    doubles += read.doubles;
    contradictions += read.contradictions;
  }
  changes.sort((a, b) => (a.customerId < b.customerId ? -1 : a.customerId > b.customerId ? 1 : a.change - b.change));
  return { changes: changes.map(({ text }) => text), doubles, contradictions };
}

interface Logged {
  readonly number: number;
  readonly identity: { readonly customerId: string; readonly change: number };
  readonly text: string;
}

/** What one lane has told so far. */
class LaneChanges {
  doubles = 0;
  contradictions = 0;
  readonly #lane: Lane;
  /** The bytes of each change, by its number less 1. */
  readonly #values: string[] = [];
  readonly #lastOf = new Map<string, number>();

  constructor(lane: Lane) {
    this.#lane = lane;
  }

  /** Whether it is new. */
  take({ number, identity: { customerId, change } }: Logged, { value }: LogRecord): boolean {
    const bytes = Buffer.from(value ?? []).toString('latin1');
    if (number <= this.#values.length) {
      this.doubles += 1;
      if (this.#values[number - 1] !== bytes) this.contradictions += 1;
      return false;
    }
    this.#expect('change', this.#values.length + 1, number);
    this.#expect('change of its customer', (this.#lastOf.get(customerId) ?? 0) + 1, change);
    this.#values.push(bytes);
    this.#lastOf.set(customerId, change);
    return true;
  }

  #expect(what: string, expected: number, found: number): void {
    if (found !== expected) throw new Error(`lane ${this.#lane}: expected ${what} number ${expected}, found ${found}`);
  }
}

function decode({ key, value, headers }: LogRecord, lane: Lane): Logged {
  const { type, schema } = readOutputHeaders(headers);
  const parsed = parseCustomerKey(key);
  if (type !== 'change' || !parsed.ok || value === null) throw new Error(`lane ${lane}: expected nothing but changes`);
  const record: TierChangeRecord = codecs['tier-change'].decode(value, schema);
  const { number, change, from, to, reasons, effectiveAt } = record;
  const identity = { customerId: parsed.customerId, change };
  return { number, identity, text: JSON.stringify({ ...identity, from, to, reasons, effectiveAt }) };
}
