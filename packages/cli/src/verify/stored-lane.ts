import type { CustomerId } from '@tidemark/domain';
import {
  type Lane,
  type LaneMeta,
  type LaneSnapshot,
  nextTimelineOffset,
  type Offset,
  type ProfileStore,
  type ReadRequest,
  type StoredFacet,
} from '@tidemark/stream';
import type { FoldService } from '../folds/fold-services.ts';

/** What a service has stored of a lane, all of one moment. */
export interface StoredService {
  readonly service: FoldService;
  /** The next timeline offset that the service folds. */
  readonly next: Offset;
  readonly outbox: LaneSnapshot['outbox'];
  /** JSON, as stored; of the sampled customers if there is a sample. */
  readonly facets: ReadonlyMap<CustomerId, string>;
}

export type StoredServiceOutcome =
  | { readonly kind: 'read'; readonly stored: StoredService }
  /** Part-way in a record, or another commit came while its pages were read. */
  | { readonly kind: 'moving' }
  | { readonly kind: 'unreadable'; readonly why: string };

const PAGE_CUSTOMERS = 500;

/** Reads a service's state in a lane; each page only if the lane is still at the place of the first. */
export async function readStoredService(
  store: Pick<ProfileStore, 'acquire' | 'read'>,
  service: FoldService,
  lane: Lane,
  sample: readonly CustomerId[] | null,
): Promise<StoredServiceOutcome> {
  const snapshot = await store.acquire(service.name, lane);
  const meta = snapshot === null ? null : parseMeta(snapshot.meta);
  if (meta === undefined) return { kind: 'unreadable', why: `the meta of ${service.name} is damaged` };
  if (meta !== null && meta.foldVersion !== service.version) {
    const versions = `version ${meta.foldVersion}, and this Tidemark folds version ${service.version}`;
    return { kind: 'unreadable', why: `the state of ${service.name} is of fold ${versions}` };
  }
  if (meta !== null && meta.place.cursor !== null) return { kind: 'moving' };
  const facets = new Map<CustomerId, string>();
  const token = snapshot?.token ?? null;
  for await (const page of readPages(store, service.name, lane, token, sample)) {
    if (page === 'refused') return { kind: 'moving' };
    for (const { customerId, facet } of page) facets.set(customerId, facet);
  }
  const next = meta === null ? 0 : nextTimelineOffset(meta);
  return { kind: 'read', stored: { service, next, outbox: snapshot?.outbox ?? [], facets } };
}

async function* readPages(
  store: Pick<ProfileStore, 'read'>,
  service: string,
  lane: Lane,
  token: string | null,
  sample: readonly CustomerId[] | null,
): AsyncGenerator<readonly StoredFacet[] | 'refused'> {
  const read = (request: Pick<ReadRequest, 'customers' | 'scan'>) =>
    store.read(service, lane, token, { ...request, due: null });
  if (sample !== null) {
    for (let from = 0; from < sample.length; from += PAGE_CUSTOMERS) {
      const page = await read({ customers: sample.slice(from, from + PAGE_CUSTOMERS), scan: null });
      yield page === 'refused' ? page : page.customers;
    }
    return;
  }
  let after: CustomerId | null = null;
  for (;;) {
    const page = await read({ customers: [], scan: { after, limit: PAGE_CUSTOMERS } });
    yield page === 'refused' ? page : page.scanned;
    const last: StoredFacet | undefined = page === 'refused' ? undefined : page.scanned.at(-1);
    if (last === undefined) return;
    after = last.customerId;
  }
}

/** Undefined: it is not one. */
function parseMeta(json: string): LaneMeta | undefined {
  try {
    const meta = JSON.parse(json) as LaneMeta;
    return typeof meta.foldVersion === 'number' && typeof meta.place.offset === 'number' ? meta : undefined;
  } catch {
    return undefined;
  }
}
