import { type CustomerId, compareCustomerIds, type TimeMs } from '@tidemark/domain';
import {
  type Chunk,
  type FacetWrite,
  type LaneRead,
  type OutboxEntry,
  type ProfileStore,
  type ReadRequest,
  readPart,
  type StoredFacet,
} from '@tidemark/stream';

export const NOTHING: LaneRead = { customers: [], due: [], scanned: [], firstTimer: null };

export async function readEverything(store: ProfileStore, service: string, token: string, lane = 0): Promise<LaneRead> {
  const request = {
    due: { until: time(Number.MAX_SAFE_INTEGER), limit: 10_000 },
    scan: { after: null, limit: 10_000 },
  };
  return read(store, service, token, request, lane);
}

export async function read(
  store: ProfileStore,
  service: string,
  token: string,
  request: Partial<ReadRequest>,
  lane = 0,
): Promise<LaneRead> {
  const got = await readPart(store, service, lane, token, { customers: [], due: null, scan: null, ...request });
  if (got === 'refused') throw new Error(`a read with token ${token} was refused`);
  return got;
}

export function chunk(parts: Partial<Chunk> & Pick<Chunk, 'token'>): Chunk {
  return { meta: '{}', facets: [], outbox: [], trimThrough: 0, ...parts };
}

export function write(name: string, facet: string | null | undefined, timer: number | null | undefined): FacetWrite {
  return {
    customerId: customer(name),
    facet,
    timer: typeof timer === 'number' ? time(timer) : timer,
    label: undefined,
  };
}

export function stored(name: string, facet: string, timer: number | null): StoredFacet {
  return { customerId: customer(name), facet, timer: timer === null ? null : time(timer) };
}

export function asStored({ customerId, facet, timer }: FacetWrite): StoredFacet {
  return { customerId, facet: facet ?? '', timer: timer ?? null };
}

export function entry(sequence: number): OutboxEntry {
  return {
    sequence,
    topic: sequence % 2 === 0 ? 'even-changes' : 'odd-changes',
    key: sequence % 3 === 0 ? null : Uint8Array.of(0, sequence % 256, 255),
    value: Uint8Array.from({ length: sequence % 50 }, (_, i) => 255 - i),
    headers: { sequence: String(sequence), text: 'é中\u{1F600}"' },
  };
}

/** With plain arrays of bytes, because a Buffer is no Uint8Array to `toEqual`. */
export function plain({ key, value, headers, ...rest }: OutboxEntry): OutboxEntry {
  return { ...rest, key: key && Uint8Array.from(key), value: Uint8Array.from(value), headers: { ...headers } };
}

export function byDue(a: StoredFacet, b: StoredFacet): number {
  return (a.timer ?? 0) - (b.timer ?? 0) || compareCustomerIds(a.customerId, b.customerId);
}

export function customer(id: string): CustomerId {
  return id as CustomerId;
}

export function time(ms: number): TimeMs {
  return ms as TimeMs;
}
