import assert from 'node:assert';
import { randomBytes } from 'node:crypto';
import type { CustomerId, TimeMs } from '@tidemark/domain';
import type {
  Lane,
  LaneRead,
  LaneSnapshot,
  OutboxEntry,
  PartCommit,
  PartRead,
  ProfileReader,
  ProfileStore,
  ReadRequest,
  StoredCustomer,
  StoredFacet,
  StoredProfile,
} from '@tidemark/stream';
import { decodeBlock, type StreamEntry } from './decode-outbox.ts';
import { encodeChunk, encodeToken } from './encode-chunk.ts';
import type { Keys } from './keys.ts';
import type { Argument, RedisConnection } from './redis-connection.ts';
import { foreign } from './redis-errors.ts';
import { scripts } from './scripts.ts';

/** How many customers of a lane one script looks at for a scan or to clear: it blocks Redis for some ms. */
const PAGE_CUSTOMERS = 5_000;
const NONE_WANTED = 0;

/**
 * The state in Redis: a commit is one script, atomic and compared with the token in Redis itself. How durable it is when
 * it resolves is the server's to say (appendfsync); what is lost is folded again from the log.
 */
export class RedisStore implements ProfileStore, ProfileReader {
  readonly #connection: RedisConnection;
  readonly #keys: Keys;

  constructor(connection: RedisConnection, keys: Keys) {
    this.#connection = connection;
    this.#keys = keys;
  }

  /** Resolves if the store can be used now; rejects with the `OperatingError` that says why not. For readiness. */
  ping(): Promise<void> {
    return this.#connection.ping();
  }

  /** Closes the connections. Commands under way fail. */
  close(): void {
    this.#connection.close();
  }

  async acquire(service: string, lane: Lane): Promise<LaneSnapshot | null> {
    assert(/^[a-z0-9-]+$/.test(service), 'a service is lower-case letters, digits and hyphens');
    const keys = this.#laneKeys(lane);
    for (;;) {
      const answer = await this.#connection.runForBytes(scripts.acquire, keys, [service]);
      if (answer === null) return null;
      if (answer === 1) {
        await this.#clear(service, lane, 'continue');
        continue;
      }
      const [token, meta, trimmed, blocks] = answer as [Buffer, Buffer, Buffer | null, StreamEntry[]];
      const through = Number(trimmed ?? 0);
      const outbox = blocks.flatMap((block) => this.#outputsOf(block)).filter(({ sequence }) => sequence > through);
      return { token: token.toString(), meta: meta.toString(), outbox };
    }
  }

  async readLane(lane: Lane, parts: readonly PartRead[]): Promise<readonly LaneRead[] | 'refused'> {
    const { service, token, request } = onlyPart(parts);
    const read = await this.#readPart(service, lane, token, request);
    return read === 'refused' ? read : [read];
  }

  async #readPart(
    service: string,
    lane: Lane,
    token: string | null,
    { customers, due, scan }: ReadRequest,
  ): Promise<LaneRead | 'refused'> {
    const timers = due === null ? [0, NONE_WANTED] : [due.until, due.limit];
    const scanFrom = [after(scan?.after ?? null), scan?.limit ?? NONE_WANTED];
    const answer = await this.#read(service, lane, token, [...timers, ...scanFrom], customers);
    if (answer === null) return 'refused';
    const scanned = this.#facetsOf(answer[2], ID_FACET_TIMER);
    // A long way without a facet of the service is gone in several steps; the token says that nothing changed meanwhile.
    for (let [, , , cursor] = answer; cursor !== null && scan !== null; ) {
      const rest = [0, NONE_WANTED, after(cursor), scan.limit - scanned.length];
      const next = await this.#read(service, lane, token, rest, []);
      if (next === null) return 'refused';
      scanned.push(...this.#facetsOf(next[2], ID_FACET_TIMER));
      cursor = next[3];
    }
    const [asked, dueNow, , , firstTimer] = answer;
    return {
      customers: askedFor(customers, asked),
      due: this.#facetsOf(dueNow, ID_TIMER_FACET),
      scanned,
      firstTimer: timeOf(firstTimer),
    };
  }

  async commitLane(lane: Lane, parts: readonly PartCommit[]): Promise<'committed' | 'refused'> {
    const { service, token, chunk } = onlyPart(parts);
    const args: Argument[] = [service, encodeToken(token)];
    encodeChunk(chunk, token === null ? newEpoch() : '', args);
    const written = await this.#connection.run(scripts.commit, this.#laneKeys(lane), args);
    return written === 1 ? 'committed' : 'refused';
  }

  /** Removes the facets in several steps. If it is interrupted, whoever acquires the lane goes on with it. */
  clear(service: string, lane: Lane): Promise<void> {
    return this.#clear(service, lane, 'begin');
  }

  async customer(lane: Lane, customerId: CustomerId): Promise<StoredCustomer> {
    const answer = await this.#connection.run(scripts.customer, this.#laneKeys(lane), [customerId]);
    const [metas, facets] = answer as [string[], string[]];
    return { metas: mapOf(metas), facets: mapOf(facets) };
  }

  async metas(lane: Lane): Promise<ReadonlyMap<string, string>> {
    return mapOf((await this.#connection.run(scripts.metas, this.#laneKeys(lane), [])) as string[]);
  }

  async customers(lane: Lane, start: CustomerId | null, limit: number): Promise<readonly StoredProfile[]> {
    const answer = await this.#connection.run(scripts.customers, this.#laneKeys(lane), [after(start), limit]);
    const pairs = chunksOf(answer as unknown[], 2) as [CustomerId, string[]][];
    return pairs.map(([customerId, facets]) => ({ customerId, facets: mapOf(facets) }));
  }

  async labelled(
    service: string,
    lane: Lane,
    label: string,
    start: CustomerId | null,
    limit: number,
  ): Promise<readonly CustomerId[]> {
    const args = [service, label, after(start), limit];
    return (await this.#connection.run(scripts.labelled, this.#laneKeys(lane), args)) as CustomerId[];
  }

  async labelCounts(service: string, lane: Lane): Promise<ReadonlyMap<string, number>> {
    const answer = await this.#connection.run(scripts.labelCounts, this.#laneKeys(lane), [service]);
    return new Map(chunksOf(answer as (string | number)[], 2) as [string, number][]);
  }

  async timersDue(service: string, lane: Lane, until: TimeMs): Promise<number> {
    return (await this.#connection.run(scripts.timersDue, this.#laneKeys(lane), [service, until])) as number;
  }

  async firstTimerAfter(lane: Lane, after: TimeMs): Promise<TimeMs | null> {
    return timeOf(
      (await this.#connection.run(scripts.firstTimerAfter, this.#laneKeys(lane), [after])) as string | null,
    );
  }

  async #read(
    service: string,
    lane: Lane,
    token: string | null,
    request: readonly Argument[],
    customers: readonly CustomerId[],
  ): Promise<ReadAnswer | null> {
    return (await this.#connection.run(scripts.read, this.#laneKeys(lane), [
      service,
      encodeToken(token),
      ...request,
      PAGE_CUSTOMERS,
      ...customers,
    ])) as ReadAnswer | null;
  }

  async #clear(service: string, lane: Lane, begin: 'begin' | 'continue'): Promise<void> {
    const keys = this.#laneKeys(lane);
    let mode = begin;
    for (let cursor: CustomerId | null = null; ; mode = 'continue') {
      const args = [service, mode, after(cursor), PAGE_CUSTOMERS];
      cursor = (await this.#connection.run(scripts.clear, keys, args)) as CustomerId | null;
      if (cursor === null) return;
    }
  }

  /** As `lane.lua` says. */
  #laneKeys(lane: Lane): string[] {
    const { lane: hash, customer, customers, timers, outbox, label } = this.#keys.ofLane(lane);
    return [hash, customer, customers, timers, outbox, label];
  }

  #outputsOf(block: StreamEntry): readonly OutboxEntry[] {
    const outputs = decodeBlock(block);
    if (outputs === undefined)
      throw foreign(this.#connection.server, 'an outbox entry without topic, headers, sizes or bytes');
    return outputs;
  }

  #facetsOf(flat: readonly (string | null)[], [idAt, facetAt, timerAt]: Positions): StoredFacet[] {
    const facets: StoredFacet[] = [];
    for (let i = 0; i < flat.length; i += 3) {
      const [customerId, facet, timer] = [flat[i + idAt], flat[i + facetAt], flat[i + timerAt]];
      if (typeof customerId !== 'string' || typeof facet !== 'string') {
        throw foreign(this.#connection.server, 'a timer without a facet');
      }
      facets.push({ customerId: customerId as CustomerId, facet, timer: timeOf(timer) });
    }
    return facets;
  }
}

/** Names what a lane writes from its first commit on; one that was lost leaves keys that no other epoch meets. */
function newEpoch(): string {
  return randomBytes(EPOCH_BYTES).toString('base64url');
}

const EPOCH_BYTES = 6;

function onlyPart<Part>(parts: readonly Part[]): Part {
  const [part] = parts;
  assert(part !== undefined && parts.length === 1, 'a script works on one part');
  return part;
}

type ReadAnswer = [
  asked: (string | null)[],
  due: (string | null)[],
  scanned: (string | null)[],
  cursor: CustomerId | null,
  firstTimer: string | null,
];

/** Where in a triple of an answer the id, the facet and the timer stand. */
type Positions = readonly [id: number, facet: number, timer: number];
const ID_FACET_TIMER: Positions = [0, 1, 2];
const ID_TIMER_FACET: Positions = [0, 2, 1];

function askedFor(customers: readonly CustomerId[], flat: readonly (string | null)[]): StoredFacet[] {
  return customers.flatMap((customerId, i) => {
    const facet = flat[2 * i];
    return typeof facet === 'string' ? [{ customerId, facet, timer: timeOf(flat[2 * i + 1]) }] : [];
  });
}

/** Where a range by id begins: after the customer, or at the first. */
function after(customerId: CustomerId | null): string {
  return customerId === null ? '-' : `(${customerId}`;
}

function timeOf(score: string | null | undefined): TimeMs | null {
  return typeof score === 'string' ? (Number(score) as TimeMs) : null;
}

function mapOf(flat: readonly string[]): ReadonlyMap<string, string> {
  return new Map(chunksOf(flat, 2) as [string, string][]);
}

function chunksOf<Item>(flat: readonly Item[], size: number): Item[][] {
  return Array.from({ length: flat.length / size }, (_, i) => flat.slice(i * size, (i + 1) * size));
}
