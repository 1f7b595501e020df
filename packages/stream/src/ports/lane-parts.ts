import type { Lane } from './event-log.ts';
import type { Chunk, LaneRead, ProfileStore, ReadRequest } from './profile-store.ts';

/** What every store asks of the parts of a round trip: at least one, and none of them the service of another. */
export function assertParts(parts: readonly { readonly service: string }[]): void {
  const services = parts.map(({ service }) => service);
  if (parts.length > 0 && new Set(services).size === parts.length) return;
  throw new Error(`expected parts of services that differ, at least one, found [${services.join(', ')}]`);
}

/** `readLane` of one service. */
export async function readPart(
  store: Pick<ProfileStore, 'readLane'>,
  service: string,
  lane: Lane,
  token: string | null,
  request: ReadRequest,
): Promise<LaneRead | 'refused'> {
  const reads = await store.readLane(lane, [{ service, token, request }]);
  return reads === 'refused' ? reads : (reads[0] as LaneRead);
}

/** `commitLane` of one service. */
export function commitPart(
  store: Pick<ProfileStore, 'commitLane'>,
  service: string,
  lane: Lane,
  token: string | null,
  chunk: Chunk,
): Promise<'committed' | 'refused'> {
  return store.commitLane(lane, [{ service, token, chunk }]);
}
