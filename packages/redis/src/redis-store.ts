import assert from 'node:assert';
import { randomBytes } from 'node:crypto';
import type { CustomerId, TimeMs } from '@tidemark/domain';
import {
  assertParts,
  type Lane,
  type LaneRead,
  type LaneSnapshot,
  type OutboxEntry,
  type PartCommit,
  type PartRead,
  type ProfileReader,
  type ProfileStore,
  type StoredCustomer,
  type StoredFacet,
  type StoredProfile,
} from '@tidemark/stream';
import { decodeBlock, type StreamEntry } from './decode-outbox.ts';
import { encodeCommit, encodeToken } from './encode-chunk.ts';
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
    assertParts(parts);
    const answers = await this.#read(lane, parts);
    if (answers === null) return 'refused';
    const scanned = answers.map(([, , found]) => this.#facetsOf(found, ID_FACET_TIMER));
    // A long way without a facet of the service is gone in several steps; the tokens say that nothing changed meanwhile.
    for (let cursors = answers.map(cursorOf); cursors.some((cursor) => cursor !== null); ) {
      const rest = parts.map((part, i) => restOf(part, cursors[i] ?? null, scanned[i]?.length ?? 0));
      const next = await this.#read(lane, rest);
      if (next === null) return 'refused';
      for (const [i, [, , found]] of next.entries()) scanned[i]?.push(...this.#facetsOf(found, ID_FACET_TIMER));
      cursors = next.map(cursorOf);
    }
    return answers.map(([asked, due, , , firstTimer], i) => ({
      customers: askedFor(parts[i]?.request.customers ?? [], asked),
      due: this.#facetsOf(due, ID_TIMER_FACET),
      scanned: scanned[i] ?? [],
      firstTimer: timeOf(firstTimer),
    }));
  }

  async commitLane(lane: Lane, parts: readonly PartCommit[]): Promise<'committed' | 'refused'> {
    assertParts(parts);
    const args = encodeCommit(parts, parts.some(({ token }) => token === null) ? newEpoch() : '');
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

  async #read(lane: Lane, parts: readonly PartRead[]): Promise<ReadAnswer[] | null> {
    const args: Argument[] = [parts.length, PAGE_CUSTOMERS];
    for (const { service, token, request } of parts) {
      const { customers, due, scan } = request;
      args.push(service, encodeToken(token), due?.until ?? 0, due?.limit ?? NONE_WANTED);
      args.push(after(scan?.after ?? null), scan?.limit ?? NONE_WANTED, customers.length);
    }
    for (const { request } of parts) for (const customerId of request.customers) args.push(customerId);
    return (await this.#connection.run(scripts.read, this.#laneKeys(lane), args)) as ReadAnswer[] | null;
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

type ReadAnswer = [
  asked: (string | null)[],
  due: (string | null)[],
  scanned: (string | null)[],
  cursor: CustomerId | null,
  firstTimer: string | null,
];

function cursorOf([, , , cursor]: ReadAnswer): CustomerId | null {
  return cursor;
}

/** What is left to scan of a part, after `cursor`; null: nothing. */
function restOf(part: PartRead, cursor: CustomerId | null, found: number): PartRead {
  const { scan } = part.request;
  const rest = cursor === null || scan === null ? null : { after: cursor, limit: scan.limit - found };
  return { ...part, request: { customers: [], due: null, scan: rest } };
}

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
