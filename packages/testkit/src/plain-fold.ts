import type { CustomerId, Score, TimeMs, View } from '@tidemark/domain';
import type {
  Lane,
  LogRecord,
  PolicyInForce,
  ScoreEncoding,
  TierEncoding,
  TimelineReader,
  TimelineRecord,
  Topic,
} from '@tidemark/stream';
import type { Emit } from './plain-fold/output.ts';
import { PlainScore } from './plain-fold/score.ts';
import { PlainTier } from './plain-fold/tier.ts';

/** What to fold, and how its outputs are written: the same scores and encodings as the pipeline's, no other part of it. */
export interface PlainFoldWiring {
  readonly lane: Lane;
  readonly reader: TimelineReader;
  /** In the order of the registry. */
  readonly scores: readonly PlainScoreWiring[];
  readonly tier: TierEncoding;
}

export interface PlainScoreWiring {
  readonly score: Score<unknown, unknown, View>;
  readonly encoding: ScoreEncoding<View>;
}

export interface PlainFoldResult {
  /** Each customer's facet by service, as a plain JSON value. */
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
  const { lane, reader } = wiring;
  const scores = wiring.scores.map(({ score, encoding }) => new PlainScore(score, encoding, lane, reader, emit));
  const tier = new PlainTier(wiring.tier, lane, emit);
  const origins = new Map<Topic, number>();
  let streamTime = 0 as TimeMs;
  let policy: PolicyInForce | null = null;
  let repeats = 0;

  for (const source of records) {
    const record = reader.record(source);
    if (isRepeat(record, origins)) {
      repeats++;
      continue;
    }
    if (record.logTime > streamTime) streamTime = record.logTime;
    const newPolicy: PolicyInForce | null = record.type === 'policy' ? reader.policy(record) : null;
    const changes = scores.flatMap((score) => score.fold(record, streamTime, newPolicy));
    tier.fold(record, streamTime, newPolicy, changes);
    policy = newPolicy ?? policy;
  }
  const facets = new Map<string, ReadonlyMap<CustomerId, unknown>>(scores.map((score) => [score.name, score.facets]));
  facets.set('tier', tier.facets);
  return { facets, streamTime, policy, repeats };
}

/** A record is dropped if one of its topic with that offset, or a later one, came before. */
function isRepeat({ origin }: TimelineRecord, origins: Map<Topic, number>): boolean {
  if (origin === null) return false;
  if (origin.offset <= (origins.get(origin.topic) ?? -1)) return true;
  origins.set(origin.topic, origin.offset);
  return false;
}
