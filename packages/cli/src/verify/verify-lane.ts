import { ContractError } from '@tidemark/contracts';
import type { CustomerId } from '@tidemark/domain';
import { tierEncoding, timelineReader } from '@tidemark/pipeline';
import { PlainFold, type PlainFoldResult } from '@tidemark/plain-fold';
import { type EventLog, Fault, type Lane, type Offset, type ProfileStore } from '@tidemark/stream';
import { foldServices, plainFacets } from '../folds/fold-services.ts';
import type { Difference } from './difference.ts';
import { readStoredService, type StoredService } from './stored-lane.ts';
import { TierChangeCheck } from './tier-changes.ts';

export interface VerifiedFolder {
  readonly log: Pick<EventLog, 'lanes' | 'bounds' | 'read'>;
  readonly store: Pick<ProfileStore, 'acquire' | 'read'>;
}

export interface VerifyLaneOptions {
  /** Which services' facets are compared. */
  readonly services: ReadonlySet<string>;
  /** The customers to compare, by lane; null: all. */
  readonly sample: ReadonlySet<CustomerId> | null;
  readonly signal: AbortSignal;
}

export type VerifiedLane =
  | {
      readonly kind: 'compared';
      readonly differences: readonly Difference[];
      readonly customers: number;
      /** Timeline records that the slowest of the services has not folded yet. */
      readonly behind: number;
    }
  | { readonly kind: 'moving' }
  | { readonly kind: 'unverifiable'; readonly why: string };

/** Compares one lane; one that moves while it is read is read again once. Memory: the lane's states, twice. */
export async function verifyLane(
  folder: VerifiedFolder,
  lane: Lane,
  options: VerifyLaneOptions,
): Promise<VerifiedLane> {
  const first = await verifyOnce(folder, lane, options);
  return first.kind === 'moving' ? verifyOnce(folder, lane, options) : first;
}

async function verifyOnce(folder: VerifiedFolder, lane: Lane, options: VerifyLaneOptions): Promise<VerifiedLane> {
  const { log } = folder;
  for (const topic of ['timeline', 'tier-changes']) {
    const { start } = await log.bounds(topic, lane);
    if (start > 0) {
      return {
        kind: 'unverifiable',
        why: `${topic} starts at offset ${start}: what came before can be folded no more`,
      };
    }
  }
  const services: StoredService[] = [];
  for (const service of foldServices.filter(({ name }) => options.services.has(name))) {
    const outcome = await readStoredService(folder.store, service, lane, options.sample && [...options.sample]);
    if (outcome.kind === 'moving') return outcome;
    if (outcome.kind === 'unreadable') return { kind: 'unverifiable', why: outcome.why };
    services.push(outcome.stored);
  }
  const { end } = await log.bounds('timeline', lane);
  const beyond = services.find(({ next }) => next > end);
  if (beyond !== undefined) {
    const place = `${beyond.service.name} has folded up to offset ${beyond.next} of a timeline that ends at ${end}`;
    return { kind: 'unverifiable', why: place };
  }
  try {
    return await compareLane(folder, lane, options, services, end);
  } catch (error) {
    // A record that something else wrote, or a newer version did.
    if (error instanceof ContractError || error instanceof Fault) return { kind: 'unverifiable', why: error.message };
    throw error;
  }
}

async function compareLane(
  { log }: VerifiedFolder,
  lane: Lane,
  { sample, signal }: VerifyLaneOptions,
  services: readonly StoredService[],
  end: Offset,
): Promise<VerifiedLane> {
  const wants = (customerId: CustomerId) => sample === null || sample.has(customerId);
  const tierChanges = new TierChangeCheck(lane, sample !== null);
  const wiring = { lane, reader: timelineReader, scores: plainFacets, tier: tierEncoding };
  const fold = new LaneReplay(log, lane, new PlainFold(wiring, (output) => tierChanges.add(output), wants), signal);
  const differences: Difference[] = [];
  const customers = new Set<CustomerId>();
  // Services may be at different places: each is compared when the fold is where it is.
  for (const stored of services.toSorted((a, b) => a.next - b.next)) {
    const expected = (await fold.upTo(stored.next)).facets.get(stored.service.name) ?? new Map<CustomerId, unknown>();
    for (const customerId of expected.keys()) customers.add(customerId);
    for (const customerId of stored.facets.keys()) customers.add(customerId);
    differences.push(...compareFacets(lane, stored, expected));
    if (stored.service.name === 'tier') differences.push(...(await tierChanges.compare(log, stored, wants)));
  }
  const behind = end - Math.min(end, ...services.map(({ next }) => next));
  return { kind: 'compared', differences, customers: customers.size, behind };
}

function compareFacets(
  lane: Lane,
  { service, facets }: StoredService,
  expected: ReadonlyMap<CustomerId, unknown>,
): Difference[] {
  const differences: Difference[] = [];
  const compare = (customerId: CustomerId, want: string | null, have: string | null) => {
    if (want === have) return;
    differences.push({ lane, customerId, service: service.name, kind: 'facet', expected: want, found: have });
  };
  for (const [customerId, facet] of expected) {
    compare(customerId, JSON.stringify(facet), facets.get(customerId) ?? null);
  }
  for (const [customerId, facet] of facets) if (!expected.has(customerId)) compare(customerId, null, facet);
  return differences;
}

/** Records held in memory at a time. */
const PAGE_RECORDS = 500;

/** The plain fold of a lane, taken on from place to place. */
class LaneReplay {
  readonly #log: Pick<EventLog, 'read'>;
  readonly #lane: Lane;
  readonly #fold: PlainFold;
  readonly #signal: AbortSignal;
  #next: Offset = 0;

  constructor(log: Pick<EventLog, 'read'>, lane: Lane, fold: PlainFold, signal: AbortSignal) {
    this.#log = log;
    this.#lane = lane;
    this.#fold = fold;
    this.#signal = signal;
  }

  /** What has come of the records before `end`. Ends early when somebody stops the program. */
  async upTo(end: Offset): Promise<PlainFoldResult> {
    while (this.#next < end && !this.#signal.aborted) {
      const limit = Math.min(PAGE_RECORDS, end - this.#next);
      const records = await this.#log.read('timeline', this.#lane, this.#next, limit);
      for (const record of records) this.#fold.fold(record);
      this.#next = (records.at(-1)?.offset ?? end - 1) + 1;
    }
    return this.#fold.result();
  }
}
