import type { CustomerId, Score, TierPolicy, TimeMs, View } from '@tidemark/domain';
import type {
  Lane,
  LogRecord,
  Offset,
  PolicyInForce,
  ScoreChange,
  ScoreEncoding,
  TierEncoding,
  TimelineReader,
  TimelineRecord,
  Topic,
} from '@tidemark/stream';
import type { Emit } from './output.ts';
import { PlainScore } from './score.ts';
import { PlainTier } from './tier.ts';
import type { PlainVersion } from './told.ts';

/** What to fold, and how its outputs are written: the same scores and encodings as the pipeline's, no other part of it. */
export interface PlainFoldWiring {
  readonly lane: Lane;
  readonly reader: TimelineReader;
  /** In the order of the registry. */
  readonly scores: readonly PlainScoreWiring[];
  /** Its versions, likewise. */
  readonly tiers: readonly PlainTierWiring[];
}

/** A version of a score. Several of one score stand one behind the other, in ascending order. */
export interface PlainScoreWiring extends PlainVersion {
  readonly score: Score<unknown, unknown, View>;
  readonly encoding: ScoreEncoding<View>;
  /** What versions before it told, which are not folded here: tier takes it as it stands. */
  readonly changesBefore?: readonly ScoreChange[];
}

export interface PlainTierWiring extends PlainVersion {
  readonly version: number;
  readonly encoding: TierEncoding;
  /** What it takes of a policy; as it is where not said. */
  readonly policyOf?: (policy: TierPolicy) => TierPolicy;
}

export interface PlainFoldResult {
  /** Each customer's facet by what the state is called, as a plain JSON value. */
  readonly facets: ReadonlyMap<string, ReadonlyMap<CustomerId, unknown>>;
  readonly streamTime: TimeMs;
  readonly policy: PolicyInForce | null;
  /** Timeline records dropped because their origin had been seen. */
  readonly repeats: number;
}

/**
 * What all of a lane's services should make of its timeline: one record after the other, each customer's state in a map,
 * timers in a queue, and nothing else: no chunks, no store, no cache, no outbox, no owners, no join over topics. Written
 * apart from the lane loop, to check it. Outputs are emitted service by service within each record, in their order.
 */
export function plainFold(records: Iterable<LogRecord>, wiring: PlainFoldWiring, emit: Emit): PlainFoldResult {
  const fold = new PlainFold(wiring, emit);
  for (const record of records) fold.fold(record);
  return fold.result();
}

/** The same, record by record, for who looks at the state in between or has no room for a whole timeline. */
export class PlainFold {
  readonly #reader: TimelineReader;
  readonly #scores: readonly PlainScore[];
  readonly #tiers: readonly PlainTier[];
  readonly #changesBefore: ReadonlyMap<Offset, readonly ScoreChange[]>;
  readonly #wants: (customerId: CustomerId) => boolean;
  readonly #origins = new Map<Topic, number>();
  #streamTime = 0 as TimeMs;
  #policy: PolicyInForce | null = null;
  #repeats = 0;

  /**
   * With `wants`, only such customers are folded: customers share nothing but the clock and the policy, so each of them
   * comes out as if all were; only the lane's dense numbers are others.
   */
  constructor(wiring: PlainFoldWiring, emit: Emit, wants: (customerId: CustomerId) => boolean = () => true) {
    const { lane, reader, tiers } = wiring;
    this.#reader = reader;
    this.#wants = wants;
    this.#scores = wiring.scores.map((score) => new PlainScore(score, lane, reader, emit));
    this.#changesBefore = Map.groupBy(
      wiring.scores.flatMap(({ changesBefore = [] }) => changesBefore),
      ({ timelineOffset }) => timelineOffset,
    );
    this.#tiers = tiers.map((tier) => new PlainTier(tier, lane, emit));
  }

  fold(source: LogRecord): void {
    const record = this.#reader.record(source);
    if (isRepeat(record, this.#origins)) {
      this.#repeats++;
      return;
    }
    if (record.logTime > this.#streamTime) this.#streamTime = record.logTime;
    const newPolicy: PolicyInForce | null = record.type === 'policy' ? this.#reader.policy(record) : null;
    const cutover = record.type === 'cutover' ? this.#reader.cutover(record) : null;
    const isWanted = record.customerId === null || (record.isHeld !== true && this.#wants(record.customerId));
    const taken = isWanted ? record : { ...record, customerId: null };
    const before = this.#changesBefore.get(record.offset)?.filter(({ customerId }) => this.#wants(customerId)) ?? [];
    const own = this.#scores.flatMap((score) => score.fold(taken, this.#streamTime, newPolicy, cutover));
    const changes = [...before, ...own];
    for (const tier of this.#tiers) tier.fold(taken, this.#streamTime, newPolicy, cutover, changes);
    this.#policy = newPolicy ?? this.#policy;
  }

  /** What has come of the records so far. Its facets go on changing with the next. */
  result(): PlainFoldResult {
    const facets = new Map<string, ReadonlyMap<CustomerId, unknown>>();
    for (const each of [...this.#scores, ...this.#tiers]) facets.set(each.stateName, each.facets);
    return { facets, streamTime: this.#streamTime, policy: this.#policy, repeats: this.#repeats };
  }
}

/** A record is dropped if one of its topic with that offset, or a later one, came before. */
function isRepeat({ origin }: TimelineRecord, origins: Map<Topic, number>): boolean {
  if (origin === null) return false;
  if (origin.offset <= (origins.get(origin.topic) ?? -1)) return true;
  origins.set(origin.topic, origin.offset);
  return false;
}
