import { setTimeout as sleep } from 'node:timers/promises';
import { type CustomerId, compareCustomerIds } from '@tidemark/domain';
import type { FoldService } from '@tidemark/pipeline';
import {
  Fault,
  type Lane,
  type LaneMeta,
  type LaneRead,
  type LaneSnapshot,
  nextTimelineOffset,
  type Offset,
  type ProfileStore,
  type ReadRequest,
  readPart,
  type StoredFacet,
} from '@tidemark/stream';

/** What a service has stored of a lane. It may have gone on between one part and the next. */
export interface StoredService {
  readonly service: FoldService;
  /** The next timeline offset that the service folded when its lane was first looked at, and its outbox then. */
  readonly next: Offset;
  readonly outbox: LaneSnapshot['outbox'];
  /** In order of the ids; together all customers, or all of the sample. */
  readonly parts: readonly StoredPart[];
}

/** A range of customers as they were at one place. */
export interface StoredPart {
  /** The next timeline offset that the service folded in that moment. */
  readonly next: Offset;
  /** The range ends with this customer, and begins behind that of the part before; null: there is no end. */
  readonly through: CustomerId | null;
  /** JSON, as stored. */
  readonly facets: ReadonlyMap<CustomerId, string>;
}

export type StoredServiceOutcome =
  | { readonly kind: 'read'; readonly stored: StoredService }
  /** It stays part-way in a record, or a commit came before every attempt to read. */
  | { readonly kind: 'moving' }
  | { readonly kind: 'unreadable'; readonly why: string };

interface StoredLane {
  readonly store: Pick<ProfileStore, 'acquire' | 'readLane'>;
  readonly service: FoldService;
  readonly lane: Lane;
}

/** Where a service is: what it must still be at for a page to be of that moment. */
interface Standing {
  readonly token: string | null;
  readonly next: Offset;
  readonly outbox: LaneSnapshot['outbox'];
}

const PAGE_CUSTOMERS = 500;
/** So often a page is tried: under load a commit comes every 20 ms, and the two requests of an attempt take one or two. */
const ATTEMPTS_MAX = 25;
/** Part-way in a record there is nothing to compare; the rest of a wave takes as long as a few chunks. */
const PART_WAY_MS = 20;

/**
 * Reads a service's state in a lane page by page, each with the place that the service had in that very moment: so that
 * whoever folds the log up to there can compare it exactly, though the service goes on.
 */
export async function readStoredService(
  stored: StoredLane,
  sample: ReadonlySet<CustomerId> | null,
): Promise<StoredServiceOutcome> {
  const sampled = sample === null ? null : [...sample].sort(compareCustomerIds);
  const parts: { next: Offset; token: string | null; through: CustomerId | null; facets: Map<CustomerId, string> }[] =
    [];
  let first: Standing | null = null;
  let standing: Standing | null = null;
  for (let after: CustomerId | null = null; ; ) {
    const page: PageOutcome = await readPage(stored, standing, pageAfter(sampled, after)).catch(unreadableOf);
    if (page.kind !== 'page') return page;
    standing = page.standing;
    first ??= standing;
    const { token, next } = standing;
    const last = parts.at(-1);
    const part = last?.token === token && last !== undefined ? last : { next, token, through: null, facets: new Map() };
    if (part !== last) parts.push(part);
    for (const { customerId, facet } of page.facets) part.facets.set(customerId, facet);
    after = page.through;
    part.through = after;
    if (after === null) return { kind: 'read', stored: { service: stored.service, ...first, parts } };
  }
}

interface Page {
  readonly request: Pick<ReadRequest, 'customers' | 'scan'>;
  /** The facets that were asked for, and where the range of the page ends. */
  take(read: LaneRead): { readonly facets: readonly StoredFacet[]; readonly through: CustomerId | null };
}

type PageOutcome =
  | ({ readonly kind: 'page'; readonly standing: Standing } & ReturnType<Page['take']>)
  | Exclude<StoredServiceOutcome, { readonly kind: 'read' }>;

function pageAfter(sampled: readonly CustomerId[] | null, after: CustomerId | null): Page {
  if (sampled === null) {
    return {
      request: { customers: [], scan: { after, limit: PAGE_CUSTOMERS } },
      take({ scanned }) {
        const isLast = scanned.length < PAGE_CUSTOMERS;
        return { facets: scanned, through: isLast ? null : (scanned.at(-1)?.customerId ?? null) };
      },
    };
  }
  const from = after === null ? 0 : sampled.indexOf(after) + 1;
  const customers = sampled.slice(from, from + PAGE_CUSTOMERS);
  const through = from + customers.length < sampled.length ? (customers.at(-1) ?? null) : null;
  return { request: { customers, scan: null }, take: (read) => ({ facets: read.customers, through }) };
}

/** At the standing given, or, if the service is not there any more, at the one that it has by then. */
async function readPage(stored: StoredLane, known: Standing | null, page: Page): Promise<PageOutcome> {
  const { store, service, lane } = stored;
  let standing: Standing | Unreadable | null = known;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    standing ??= await readStanding(stored);
    if (standing === null) {
      await sleep(PART_WAY_MS);
      continue;
    }
    if ('kind' in standing) return standing;
    const request = { ...page.request, due: null };
    const read = await readPart(store, service.stateName, lane, standing.token, request);
    if (read !== 'refused') return { kind: 'page', standing, ...page.take(read) };
    standing = null;
  }
  return { kind: 'moving' };
}

/** Null: part-way in a record. */
async function readStanding({ store, service, lane }: StoredLane): Promise<Standing | Unreadable | null> {
  const snapshot = await store.acquire(service.stateName, lane);
  if (snapshot === null) return { token: null, next: 0, outbox: [] };
  const meta = parseMeta(snapshot.meta);
  if (meta === null) return { kind: 'unreadable', why: `the meta of ${service.name} is damaged` };
  if (meta.foldVersion !== service.version) {
    const versions = `version ${meta.foldVersion}, and this Tidemark folds version ${service.version}`;
    return { kind: 'unreadable', why: `the state of ${service.name} is of fold ${versions}` };
  }
  if (meta.place.cursor !== null) return null;
  return { token: snapshot.token, next: nextTimelineOffset(meta), outbox: snapshot.outbox };
}

/** Of state of which some is missing, or that something else wrote to. */
function unreadableOf(error: unknown): Unreadable {
  if (error instanceof Fault) return { kind: 'unreadable', why: error.message };
  throw error;
}

type Unreadable = Extract<StoredServiceOutcome, { readonly kind: 'unreadable' }>;

/** Null: it is not one. */
function parseMeta(json: string): LaneMeta | null {
  try {
    const meta = JSON.parse(json) as LaneMeta;
    return typeof meta.foldVersion === 'number' && typeof meta.place.offset === 'number' ? meta : null;
  } catch {
    return null;
  }
}
