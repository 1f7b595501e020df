import { type CustomerId, compareCustomerIds, type TimeMs } from '@tidemark/domain';
import {
  assertParts,
  type Chunk,
  type Lane,
  type LaneRead,
  type LaneSnapshot,
  type PartCommit,
  type PartRead,
  type ProfileReader,
  type ProfileStore,
} from '@tidemark/stream';
import { type CallFaults, NO_CALL_FAULTS } from './faults.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import { StoreNode } from './store-node.ts';
import { type EvictedPart, StoredLane } from './stored-lane.ts';

/** A key of a store that evicts. */
export interface EvictedKey {
  /** Null: of all services. */
  readonly service: string | null;
  readonly part: EvictedPart;
}

/** Checks that the store makes; a test turns one off to see that the simulation notices. */
export interface StoreGuards {
  commitsCompareToken: boolean;
  /** Off, a commit of several services compares the token of the first alone. */
  commitsCompareAllTokens: boolean;
  readsCompareToken: boolean;
  /** Off, a commit is two: the customers, and a little later, or never, the rest. */
  commitsAreAtomic: boolean;
  /** What an eviction took is noticed before its absence is taken for the truth. */
  lossesAreNoticed: boolean;
}

/** The state of a simulated world. It can lose its last commits, or all: `portOf` is how a process reaches it. */
export class SimulatedStore {
  faults: CallFaults = NO_CALL_FAULTS;
  readonly guards: StoreGuards = {
    commitsCompareToken: true,
    commitsCompareAllTokens: true,
    readsCompareToken: true,
    commitsAreAtomic: true,
    lossesAreNoticed: true,
  };
  /** Called as a commit arrives, with the token it was made at: the worst moment to lose others. */
  beforeCommit: ((service: string, lane: Lane, token: string | null) => void) | null = null;
  /** How often a node's file, and its replica, get what its memory has; chances at a commit. */
  copies = { toFile: 1, toReplica: 1 };
  readonly #lanes = new Map<string, StoredLane>();
  readonly #nodes: readonly StoreNode[];

  /** A lane is on one node as a whole. */
  constructor(nodes = 1) {
    this.#nodes = Array.from({ length: nodes }, () => new StoreNode());
  }

  /** The store as a process sees it. */
  portOf(process: SimulatedProcess): ProfileStore {
    const call = <Answer>(what: string, effect: () => Answer) =>
      process.call(what, 'store-unavailable', this.faults, effect);
    return {
      acquire: (service, lane) =>
        call(`acquire ${service}/${lane}`, () => {
          if (this.guards.lossesAreNoticed) this.#laneOf(service, lane).checkCounts();
          return this.snapshot(service, lane);
        }),
      readLane: (lane, parts) => call(`load ${namesOf(parts)}/${lane}`, () => this.#read(lane, parts)),
      commitLane: (lane, parts) => {
        const copies = parts.map(copyOf);
        const ways = parts.map(({ token, chunk }) => `from ${token} to ${chunk.token}`).join(', ');
        return call(`commit ${namesOf(parts)}/${lane} ${ways}`, () => this.#commitAll(lane, copies, process));
      },
      clear: (service, lane) => call(`clear ${service}/${lane}`, () => this.clear(service, lane)),
    };
  }

  /** The same of timers, as a process asks for them. */
  timersOf(process: SimulatedProcess): Pick<ProfileReader, 'firstTimerAfter'> {
    return {
      firstTimerAfter: (lane, after) =>
        process.call(`timers of ${lane} after ${after}`, 'store-unavailable', this.faults, () =>
          this.#firstTimerAfter(lane, after),
        ),
    };
  }

  snapshot(service: string, lane: Lane): LaneSnapshot | null {
    return this.#laneOf(service, lane).snapshot();
  }

  /** A service's facets in a lane, by customer. */
  facets(service: string, lane: Lane): ReadonlyMap<CustomerId, string> {
    return this.#laneOf(service, lane).facets;
  }

  /** What a service's customers in a lane are listed under. */
  labels(service: string, lane: Lane): ReadonlyMap<CustomerId, string> {
    return this.#laneOf(service, lane).labels;
  }

  /** The read side; it never fails: what readers do under faults is no concern of the lanes. */
  get reader(): ProfileReader {
    return {
      customer: async (lane, customerId) => ({ metas: this.#metas(lane), facets: this.#facetsOf(lane, customerId) }),
      metas: async (lane) => this.#metas(lane),
      customers: async (lane, after, limit) => {
        return page(this.customersOf(lane), after, limit).map((customerId) => ({
          customerId,
          facets: this.#facetsOf(lane, customerId),
        }));
      },
      labelled: async (service, lane, label, after, limit) => {
        const labels = this.#laneOf(service, lane).labels;
        return page(
          [...labels].flatMap(([customerId, found]) => (found === label ? [customerId] : [])),
          after,
          limit,
        );
      },
      labelCounts: async (service, lane) => {
        const counts = new Map<string, number>();
        for (const label of this.#laneOf(service, lane).labels.values())
          counts.set(label, (counts.get(label) ?? 0) + 1);
        return counts;
      },
      timersDue: async (service, lane, until) => {
        const due = { until, limit: Number.MAX_SAFE_INTEGER };
        return this.#laneOf(service, lane).read({ customers: [], due, scan: null }).due.length;
      },
      firstTimerAfter: async (lane, after) => this.#firstTimerAfter(lane, after),
    };
  }

  #firstTimerAfter(lane: Lane, after: TimeMs): TimeMs | null {
    const firsts = [...this.#lanes].flatMap(([name, stored]) => {
      const first = name.endsWith(`/${lane}`) ? stored.firstTimerAfter(after) : null;
      return first === null ? [] : [first];
    });
    return firsts.length === 0 ? null : (Math.min(...firsts) as TimeMs);
  }

  /** Goes back by some commits: what an append-only file had not yet synced. Returns how many were lost. */
  loseLast(service: string, lane: Lane, commits: number): number {
    const stored = this.#laneOf(service, lane);
    let lost = 0;
    while (lost < commits && stored.undo()) {
      this.#nodeOf(lane).forget(stored);
      lost++;
    }
    return lost;
  }

  /** The lane's node dies and comes back with what its file has. Returns how many commits were lost. */
  restart(lane: Lane): number {
    return this.#nodeOf(lane).restart();
  }

  /** The lane's node dies and its replica takes over. Returns how many commits were lost. */
  failOver(lane: Lane): number {
    return this.#nodeOf(lane).failOver();
  }

  /** Goes back to where `token` was the lane's, if its last commits lead there. Returns how many were lost. */
  loseBackTo(service: string, lane: Lane, token: string | null, commitsMax: number): number {
    const stored = this.#laneOf(service, lane);
    const commits = stored.commitsSince(token);
    return commits === null || commits > commitsMax ? 0 : this.loseLast(service, lane, commits);
  }

  /** Where customers are gone nobody knows whose facets are left: the lane is given up for all services. */
  clear(service: string, lane: Lane): void {
    const stored = this.#laneOf(service, lane);
    if (stored.hasLostCustomers) this.clearLane(lane);
    else this.#clear(stored, lane);
  }

  clearLane(lane: Lane): void {
    for (const [, stored] of this.#servicesOf(lane)) this.#clear(stored, lane);
  }

  /** One key goes while all others stay: a customer's facets of all services, or something of one of them. */
  evict(lane: Lane, key: EvictedKey): boolean {
    const hit = [...this.#servicesOf(lane)].filter(([service]) => key.service === null || key.service === service);
    const evicted = hit.filter(([, stored]) => stored.evict(key.part));
    for (const [, stored] of evicted) this.#nodeOf(lane).add(stored);
    return evicted.length > 0;
  }

  /** Whether something of a lane was evicted, whoever has noticed it. */
  hasLosses(lane: Lane): boolean {
    return [...this.#servicesOf(lane)].some(([, stored]) => stored.hasLosses);
  }

  /** The lane's customers that have any facet. */
  customersOf(lane: Lane): readonly CustomerId[] {
    return [...new Set([...this.#servicesOf(lane)].flatMap(([, stored]) => [...stored.facets.keys()]))];
  }

  #clear(stored: StoredLane, lane: Lane): void {
    stored.clear();
    this.#nodeOf(lane).add(stored);
  }

  #read(lane: Lane, parts: readonly PartRead[]): readonly LaneRead[] | 'refused' {
    assertParts(parts);
    const lanes = parts.map(({ service }) => this.#laneOf(service, lane));
    if (this.guards.readsCompareToken && !areAt(lanes, parts)) return 'refused';
    if (this.guards.lossesAreNoticed) for (const [i, { request }] of parts.entries()) lanes[i]?.checkRead(request);
    return parts.map(({ service, request }) => this.#laneOf(service, lane).read(request));
  }

  #commitAll(lane: Lane, parts: readonly PartCommit[], process: SimulatedProcess): 'committed' | 'refused' {
    assertParts(parts);
    for (const { service, token } of parts) this.beforeCommit?.(service, lane, token);
    const lanes = parts.map(({ service }) => this.#laneOf(service, lane));
    const compared = this.guards.commitsCompareAllTokens ? parts : parts.slice(0, 1);
    if (this.guards.commitsCompareToken && !areAt(lanes, compared)) return 'refused';
    if (this.guards.lossesAreNoticed) for (const [i, { chunk }] of parts.entries()) lanes[i]?.checkCommit(chunk);
    if (this.guards.commitsAreAtomic) this.#commit(lane, parts, process);
    else for (const part of parts) this.#commitInPieces(lane, part, process);
    return 'committed';
  }

  #commit(lane: Lane, parts: readonly PartCommit[], { simulation }: SimulatedProcess): void {
    const { random } = simulation;
    const node = this.#nodeOf(lane);
    for (const { service, chunk } of parts) {
      const stored = this.#laneOf(service, lane);
      stored.commit(chunk);
      node.add(stored);
    }
    const { toFile, toReplica } = this.copies;
    node.copy({ toFile: random.chance(toFile), toReplica: random.chance(toReplica) });
  }

  /** What a store without transactions would do. */
  #commitInPieces(lane: Lane, part: PartCommit, process: SimulatedProcess): void {
    const before = this.#laneOf(part.service, lane).snapshot();
    const { simulation } = process;
    if (before === null) {
      this.#commit(lane, [part], process);
      return;
    }
    const { token, meta } = before;
    const commit = (piece: Partial<Chunk>) =>
      this.#commit(lane, [{ ...part, chunk: { ...part.chunk, ...piece } }], process);
    commit({ token, meta, outbox: [], trimThrough: 0 });
    if (simulation.random.chance(PIECE_LOST_CHANCE)) return;
    simulation.schedule(null, () => commit({ facets: [] }));
  }

  #nodeOf(lane: Lane): StoreNode {
    return this.#nodes[lane % this.#nodes.length] as StoreNode;
  }

  #metas(lane: Lane): ReadonlyMap<string, string> {
    const metas = new Map<string, string>();
    for (const [service, stored] of this.#servicesOf(lane)) {
      const snapshot = stored.snapshot();
      if (snapshot !== null) metas.set(service, snapshot.meta);
    }
    return metas;
  }

  #facetsOf(lane: Lane, customerId: CustomerId): ReadonlyMap<string, string> {
    const facets = new Map<string, string>();
    for (const [service, stored] of this.#servicesOf(lane)) {
      const facet = stored.facets.get(customerId);
      if (facet !== undefined) facets.set(service, facet);
    }
    return facets;
  }

  *#servicesOf(lane: Lane): Generator<[service: string, stored: StoredLane]> {
    for (const [key, stored] of this.#lanes) {
      const [service, storedLane] = key.split('/') as [string, string];
      if (Number(storedLane) === lane) yield [service, stored];
    }
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

/** That the second piece of a commit in pieces never comes. */
const PIECE_LOST_CHANCE = 0.01;

/** Whether each part's token is the one that is stored. */
function areAt(lanes: readonly StoredLane[], parts: readonly { readonly token: string | null }[]): boolean {
  return parts.every(({ token }, i) => lanes[i]?.token === token);
}

function namesOf(parts: readonly { readonly service: string }[]): string {
  return parts.map(({ service }) => service).join('+');
}

/** Up to `limit` of the ids after `after`, in order of their bytes. */
function page(ids: Iterable<CustomerId>, after: CustomerId | null, limit: number): CustomerId[] {
  return [...ids]
    .filter((id) => after === null || compareCustomerIds(id, after) > 0)
    .sort(compareCustomerIds)
    .slice(0, limit);
}

/** The request as it leaves: what its caller does to its own lists afterwards does not change it. */
function copyOf({ chunk, ...part }: PartCommit): PartCommit {
  const facets = chunk.facets.map((write) => ({ ...write }));
  return { ...part, chunk: { ...chunk, facets, outbox: [...chunk.outbox] } };
}
