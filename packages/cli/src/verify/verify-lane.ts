import { ContractError } from '@tidemark/contracts';
import { type CustomerId, compareCustomerIds, facetNamed, TIER_VERSION } from '@tidemark/domain';
import { facetEntries, foldServices, tierEncoding, timelineReader } from '@tidemark/pipeline';
import { PlainFold, type PlainFoldResult } from '@tidemark/plain-fold';
import { type EventLog, Fault, type Lane, type Offset, type ProfileStore } from '@tidemark/stream';
import type { Difference } from './difference.ts';
import { readStoredService, type StoredPart, type StoredService } from './stored-lane.ts';
import { TierChangeCheck } from './tier-changes.ts';
import { readToldEarlier, type ToldEarlier } from './told-earlier.ts';

export interface VerifiedPipeline {
  readonly log: Pick<EventLog, 'lanes' | 'bounds' | 'read'>;
  readonly store: Pick<ProfileStore, 'acquire' | 'readLane'>;
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

/** Compares one lane, whose services may go on meanwhile. Memory: the lane's states, twice. */
export async function verifyLane(
  pipeline: VerifiedPipeline,
  lane: Lane,
  options: VerifyLaneOptions,
): Promise<VerifiedLane> {
  const { log } = pipeline;
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
    const outcome = await readStoredService({ ...pipeline, service, lane }, options.sample);
    if (outcome.kind === 'moving') return outcome;
    if (outcome.kind === 'unreadable') return { kind: 'unverifiable', why: outcome.why };
    services.push(outcome.stored);
  }
  const { end } = await log.bounds('timeline', lane);
  const parts = partsInOrder(services);
  const last = parts.at(-1);
  if (last !== undefined && last.next > end) {
    const place = `${last.service} has folded up to offset ${last.next} of a timeline that ends at ${end}`;
    return { kind: 'unverifiable', why: place };
  }
  try {
    return await compareLane(pipeline, lane, options, services, parts, end);
  } catch (error) {
    // A record that something else wrote, or a newer version did.
    if (error instanceof ContractError || error instanceof Fault) return { kind: 'unverifiable', why: error.message };
    throw error;
  }
}

/** Customers of a service as they were at one place, from behind `after` on. */
interface Part extends StoredPart {
  readonly service: string;
  readonly stateName: string;
  readonly after: CustomerId | null;
}

/** In the order of the log: services are at different places, and may have gone on from part to part. */
function partsInOrder(services: readonly StoredService[]): Part[] {
  const parts = services.flatMap(({ service, parts: ofService }) =>
    ofService.map((part, i) => ({
      ...part,
      service: service.name,
      stateName: service.stateName,
      after: ofService[i - 1]?.through ?? null,
    })),
  );
  return parts.sort((a, b) => a.next - b.next);
}

async function compareLane(
  { log }: VerifiedPipeline,
  lane: Lane,
  { sample, signal }: VerifyLaneOptions,
  services: readonly StoredService[],
  parts: readonly Part[],
  end: Offset,
): Promise<VerifiedLane> {
  const wants = (customerId: CustomerId) => sample === null || sample.has(customerId);
  const tierChanges = new TierChangeCheck(lane, sample !== null);
  const told = new Map<string, ToldEarlier>();
  for (const service of foldServices) told.set(service.name, await readToldEarlier(log, service, lane, wants));
  const scores = Object.values(facetEntries).map((entry) => ({ ...entry, ...told.get(entry.score.name) }));
  const tiers = [{ version: TIER_VERSION, encoding: tierEncoding, ...told.get('tier') }];
  const wiring = { lane, reader: timelineReader, scores, tiers };
  const fold = new LaneReplay(log, lane, new PlainFold(wiring, (output) => tierChanges.add(output), wants), signal);
  const differences: Difference[] = [];
  const customers = new Set<CustomerId>();
  // Each part is compared when the fold is where it is.
  for (const part of parts) {
    const expected = (await fold.upTo(part.next)).facets.get(part.stateName) ?? new Map<CustomerId, unknown>();
    differences.push(...compareFacets(lane, part, expected, customers));
  }
  const tier = services.find(({ service }) => service.name === 'tier');
  if (tier !== undefined) differences.push(...(await tierChanges.compare(log, tier, wants)));
  const policy = fold.policy?.policy ?? null;
  const folding = services.filter(({ service, next }) => next > 0 || service.isOn(policy));
  const behind = end - Math.min(end, ...folding.map(({ next }) => next));
  return { kind: 'compared', differences, customers: customers.size, behind };
}

/** Adds the customers that it compares to `customers`. */
function compareFacets(
  lane: Lane,
  { service, facets, after, through }: Part,
  expected: ReadonlyMap<CustomerId, unknown>,
  customers: Set<CustomerId>,
): Difference[] {
  const differences: Difference[] = [];
  const compare = (customerId: CustomerId, want: string | null, have: string | null) => {
    customers.add(customerId);
    if (want === have) return;
    differences.push({ lane, customerId, service, kind: 'facet', expected: want, found: have });
  };
  for (const [customerId, facet] of expected) {
    if (after !== null && compareCustomerIds(customerId, after) <= 0) continue;
    if (through !== null && compareCustomerIds(customerId, through) > 0) continue;
    compare(customerId, JSON.stringify(facet), storedFacet(service, facets.get(customerId)));
  }
  for (const [customerId, facet] of facets) if (!expected.has(customerId)) compare(customerId, null, facet);
  return differences;
}

/** Of a facet without a view only the state counts: an earlier build stored one, until the customer's next step. */
function storedFacet(service: string, json: string | undefined): string | null {
  if (json === undefined) return null;
  const fields = facetNamed(service)?.view;
  return fields === undefined || Object.keys(fields).length > 0 ? json : withoutView(json);
}

function withoutView(json: string): string {
  try {
    return JSON.stringify({ ...(JSON.parse(json) as object), view: null });
  } catch {
    return json;
  }
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

  /** In force where it is. */
  get policy(): PlainFoldResult['policy'] {
    return this.#fold.result().policy;
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
