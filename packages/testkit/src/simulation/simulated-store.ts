import type { CustomerId } from '@tidemark/domain';
import type { Chunk, Lane, LaneSnapshot, ProfileStore } from '@tidemark/stream';
import { type CallFaults, NO_CALL_FAULTS } from './faults.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import { StoredLane } from './stored-lane.ts';

/** Checks that the store makes; a test turns one off to see that the simulation notices. */
export interface StoreGuards {
  commitsCompareToken: boolean;
  readsCompareToken: boolean;
}

/** The state of a simulated world. It can lose its last commits, or all: `portOf` is how a process reaches it. */
export class SimulatedStore {
  faults: CallFaults = NO_CALL_FAULTS;
  readonly guards: StoreGuards = { commitsCompareToken: true, readsCompareToken: true };
  /** Called as a commit arrives, with the token it was made at: the worst moment to lose others. */
  beforeCommit: ((service: string, lane: Lane, token: string | null) => void) | null = null;
  readonly #lanes = new Map<string, StoredLane>();

  /** The store as a process sees it. */
  portOf(process: SimulatedProcess): ProfileStore {
    const call = <Answer>(effect: () => Answer) => process.call('store-unavailable', this.faults, effect);
    return {
      acquire: (service, lane) => call(() => this.snapshot(service, lane)),
      read: (service, lane, token, request) =>
        call(() => {
          const stored = this.#laneOf(service, lane);
          return this.guards.readsCompareToken && stored.token !== token ? 'refused' : stored.read(request);
        }),
      commit: (service, lane, token, chunk) => {
        const copy = copyOf(chunk);
        return call(() => this.#commit(service, lane, token, copy));
      },
      facets: (lane, customerId) => call(() => this.facetsOf(lane, customerId)),
      clear: (service, lane) => call(() => this.clear(service, lane)),
    };
  }

  snapshot(service: string, lane: Lane): LaneSnapshot | null {
    return this.#laneOf(service, lane).snapshot();
  }

  /** A service's facets in a lane, by customer. */
  facets(service: string, lane: Lane): ReadonlyMap<CustomerId, string> {
    return this.#laneOf(service, lane).facets;
  }

  facetsOf(lane: Lane, customerId: CustomerId): ReadonlyMap<string, string> {
    const facets = new Map<string, string>();
    for (const [key, stored] of this.#lanes) {
      const [service, storedLane] = key.split('/') as [string, string];
      const facet = stored.facets.get(customerId);
      if (Number(storedLane) === lane && facet !== undefined) facets.set(service, facet);
    }
    return facets;
  }

  /** Goes back by some commits: what an append-only file had not yet synced. Returns how many were lost. */
  loseLast(service: string, lane: Lane, commits: number): number {
    const stored = this.#laneOf(service, lane);
    let lost = 0;
    while (lost < commits && stored.undo()) lost++;
    return lost;
  }

  /** Goes back to where `token` was the lane's, if its last commits lead there. Returns how many were lost. */
  loseBackTo(service: string, lane: Lane, token: string | null, commitsMax: number): number {
    const stored = this.#laneOf(service, lane);
    const commits = stored.commitsSince(token);
    return commits === null || commits > commitsMax ? 0 : this.loseLast(service, lane, commits);
  }

  clear(service: string, lane: Lane): void {
    this.#lanes.delete(`${service}/${lane}`);
  }

  #commit(service: string, lane: Lane, token: string | null, chunk: Chunk): 'committed' | 'refused' {
    this.beforeCommit?.(service, lane, token);
    const stored = this.#laneOf(service, lane);
    if (this.guards.commitsCompareToken && stored.token !== token) return 'refused';
    stored.commit(chunk);
    return 'committed';
  }

  #laneOf(service: string, lane: Lane): StoredLane {
    const key = `${service}/${lane}`;
    let stored = this.#lanes.get(key);
    if (stored === undefined) {
      stored = new StoredLane();
      this.#lanes.set(key, stored);
    }
    return stored;
  }
}

/** The request as it leaves: what its caller does to its own lists afterwards does not change it. */
function copyOf(chunk: Chunk): Chunk {
  return { ...chunk, facets: chunk.facets.map((write) => ({ ...write })), outbox: [...chunk.outbox] };
}
