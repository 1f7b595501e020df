import type { CustomerId, TimeMs } from '@tidemark/domain';
import type { Headers, Lane, Topic } from './event-log.ts';

/**
 * The state: per service and lane one meta, customers' facets, timers and an outbox. Every read and write is one atomic
 * round trip that compares `token`: the service's place in the lane's log. No other guard is needed (see idea 3 of the
 * design). A service here is a state's name: each version of a fold has its own (`stateNameOf`).
 *
 * Several services of one lane share a round trip, each as a part with its own token; services are not asked for twice.
 */
export interface ProfileStore {
  /** The lane's meta and outbox as committed, or null for a lane without any state. One atomic read. */
  acquire(service: string, lane: Lane): Promise<LaneSnapshot | null>;
  /** Reads for the next chunks, at one moment, in the order of `parts`; `refused` if any stored token is not the part's. */
  readLane(lane: Lane, parts: readonly PartRead[]): Promise<readonly LaneRead[] | 'refused'>;
  /** Writes the chunks of all parts, or nothing; `refused`, with nothing written, if any stored token is not the part's. */
  commitLane(lane: Lane, parts: readonly PartCommit[]): Promise<'committed' | 'refused'>;
  /** Removes all of a service's state in a lane (a rebuild). */
  clear(service: string, lane: Lane): Promise<void>;
}

/** What a round trip is to read of one service, and the token that must be stored (null: there must be no state). */
export interface PartRead {
  readonly service: string;
  readonly token: string | null;
  readonly request: ReadRequest;
}

/** What a round trip is to write of one service, and the token that must be stored (null: there must be no state). */
export interface PartCommit {
  readonly service: string;
  readonly token: string | null;
  readonly chunk: Chunk;
}

/** The read side, for people and tools: unguarded, everything as last committed. Each call is one atomic round trip. */
export interface ProfileReader {
  /** The lane's metas, and the customer's facets in it, by service; a service without any is absent. */
  customer(lane: Lane, customerId: CustomerId): Promise<StoredCustomer>;
  /** The lane's metas by service: how far each has folded. */
  metas(lane: Lane): Promise<ReadonlyMap<string, string>>;
  /** Up to `limit` customers that have any facet, after `after` (null: from the first), by id bytes. */
  customers(lane: Lane, after: CustomerId | null, limit: number): Promise<readonly StoredProfile[]>;
  /** Up to `limit` customers whose facet of the service has the label, after `after`, by id bytes. */
  labelled(
    service: string,
    lane: Lane,
    label: string,
    after: CustomerId | null,
    limit: number,
  ): Promise<readonly CustomerId[]>;
  /** How many customers have each label of the service; labels that nobody has are absent. */
  labelCounts(service: string, lane: Lane): Promise<ReadonlyMap<string, number>>;
  /** How many timers of the service are due at or before `until`. */
  timersDue(service: string, lane: Lane, until: TimeMs): Promise<number>;
  /** When the first timer of any service in the lane is due that is later than `after`; null without one. */
  firstTimerAfter(lane: Lane, after: TimeMs): Promise<TimeMs | null>;
}

export interface StoredCustomer {
  readonly metas: ReadonlyMap<string, string>;
  readonly facets: ReadonlyMap<string, string>;
}

/** A customer with all facets, by service. */
export interface StoredProfile {
  readonly customerId: CustomerId;
  readonly facets: ReadonlyMap<string, string>;
}

export interface LaneSnapshot {
  readonly token: string;
  /** JSON, opaque to the store. */
  readonly meta: string;
  /** In order of `sequence`. */
  readonly outbox: readonly OutboxEntry[];
}

export interface ReadRequest {
  readonly customers: readonly CustomerId[];
  /** Timers due at or before `until`, at most `limit`, by (due, customer id bytes); null: none wanted. */
  readonly due: { readonly until: TimeMs; readonly limit: number } | null;
  /** Customers of the lane that have a facet, after `after` (null: from the first) by id bytes; null: none wanted. */
  readonly scan: { readonly after: CustomerId | null; readonly limit: number } | null;
}

export interface StoredFacet {
  readonly customerId: CustomerId;
  /** JSON. */
  readonly facet: string;
  /** When the customer's timer is due; null without one. */
  readonly timer: TimeMs | null;
}

export interface LaneRead {
  /** Of the customers asked for, those that have a facet; any order. */
  readonly customers: readonly StoredFacet[];
  /** In order; `timer` is never null here. Shorter than the limit only if there are no more. */
  readonly due: readonly StoredFacet[];
  readonly scanned: readonly StoredFacet[];
  /** When the lane's earliest timer is due, be it by now or later; null without any, or if no timers were asked for. */
  readonly firstTimer: TimeMs | null;
}

export interface FacetWrite {
  readonly customerId: CustomerId;
  /** JSON; null removes the facet; undefined leaves it as it is. */
  readonly facet: string | null | undefined;
  /** A time arms the timer, null removes it, undefined leaves it as it is. */
  readonly timer: TimeMs | null | undefined;
  /** What the customer is listed under (`ProfileReader.labelled`); null: nothing; undefined leaves it as it is. */
  readonly label: string | null | undefined;
}

export interface OutboxEntry {
  /** Dense per service and lane, from 1. */
  readonly sequence: number;
  readonly topic: Topic;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array;
  readonly headers: Headers;
  /** When the log took the raw record behind it, for a latency; not stored, so absent after a restart. */
  readonly rawAppendedAtMs?: number;
}

export interface Chunk {
  /** The token that the lane has after this commit. */
  readonly token: string;
  readonly meta: string;
  readonly facets: readonly FacetWrite[];
  readonly outbox: readonly OutboxEntry[];
  /** Outbox entries up to this sequence are removed; 0 removes none. */
  readonly trimThrough: number;
}
