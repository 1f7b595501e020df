import { laneOf, timelineHeaders } from '@tidemark/contracts';
import { isOn, type ScoreName, type TimeMs } from '@tidemark/domain';
import { timelineReader } from '@tidemark/pipeline';
import type { LaneMeta, LogRecord, ScoreReader, ServicePorts, TimelineReader } from '@tidemark/stream';
import { unifyRules } from '@tidemark/timeline';
import type { Alterations } from './wiring.ts';

/** The pipeline with one of its guards turned off; what is left has to be found out. */
export interface Mutant {
  /** The guard that is missing. */
  readonly without: string;
  readonly alterations: Alterations;
}

export const MUTANTS = {
  /** Two owners who both commit: whoever comes second overwrites what the first one did. */
  commits: { without: 'the place check of commits', alterations: { guards: { commitsCompareToken: false } } },
  /** States and timers loaded at another place than the chunk starts from. */
  loads: { without: 'the place check of loads', alterations: { guards: { readsCompareToken: false } } },
  /** A commit is two: the customers, and a little later, or never, the rest. */
  atomicity: { without: 'the atomicity of the commit', alterations: { guards: { commitsAreAtomic: false } } },
  /** What an eviction took of the store is taken for what never was there. */
  losses: { without: 'the notice of lost state', alterations: { guards: { lossesAreNoticed: false } } },
  /** Every timeline record has an origin of its own, so that no repeat is known. */
  origin: {
    without: 'the origin check',
    alterations: { reader: { ...timelineReader, record: recordWithOwnOrigin } },
  },
  /** The first progress record of a score says that everything is here: tier decides from what happens to have arrived. */
  alignment: { without: 'the alignment of tier with the scores', alterations: { scoreReader: alwaysAligned } },
  /** A score that asks the clock on the wall how late it is. */
  logClock: { without: 'the log-driven clock', alterations: { laneScore: onWallClock } },
  /** Another version of a fold goes on where this one is. */
  foldVersion: { without: 'the check of the fold version', alterations: { versionsAreHidden: true } },
  /** The last record folded is taken to be in the log still, whatever stands there. */
  readBack: { without: 'the read-back on acquiring', alterations: { ports: withoutReadBack } },
  /** Changes are numbered as they come, so that none is ever missed. */
  denseNumbers: { without: 'the dense numbers of outputs', alterations: { scoreReader: numberedAsRead } },
  /** Tier waits for scores that nobody has switched on. */
  waitsForOff: { without: 'the look at which scores are on', alterations: { joinsOn: () => true } },
  /** Tier goes by the scores that are always on, whatever a policy has switched on beside them. */
  ignoresOn: {
    without: 'the wait for a score that a policy has switched on',
    alterations: { joinsOn: (score) => isOn(score as ScoreName, null) },
  },
  /** A producer's own partitioner is believed. */
  ownLane: {
    without: 'the comparison of a key with its lane',
    alterations: { unifyRules: { ...unifyRules, isOwnKey: () => true } },
  },
  /** An event is known by its eventId, whosever it is. */
  eventKeys: {
    without: 'topic and customer in what an event is known by',
    alterations: {
      unifyRules: { ...unifyRules, eventKeysOf: (_, __, id, order) => unifyRules.eventKeysOf('orders', '', id, order) },
    },
  },
  /** An order's event that comes again under another eventId is another event. */
  orderKeys: {
    without: 'what an order event says in what it is known by',
    alterations: {
      unifyRules: {
        ...unifyRules,
        eventKeysOf: (topic, customer, id) => unifyRules.eventKeysOf(topic, customer, id, null),
      },
    },
  },
} as const satisfies Readonly<Record<string, Mutant>>;

function recordWithOwnOrigin(source: Parameters<TimelineReader['record']>[0]) {
  const record = timelineReader.record(source);
  return { ...record, origin: record.origin === null ? null : { topic: 'own', offset: record.offset } };
}

function alwaysAligned(own: ScoreReader): ScoreReader {
  return (score, source) => {
    const record = own(score, source);
    return record.kind === 'progress' ? { ...record, timelineOffset: Number.MAX_SAFE_INTEGER } : record;
  };
}

function onWallClock(
  own: Parameters<NonNullable<Alterations['laneScore']>>[0],
  now: () => TimeMs,
): ReturnType<NonNullable<Alterations['laneScore']>> {
  return { ...own, view: (state, at, parameters) => own.view(state, Math.max(at, now()) as TimeMs, parameters) };
}

/** Answers the question for the last record folded with what the lane's own meta says of it. */
function withoutReadBack({ log, store, clock }: ServicePorts): ServicePorts {
  const metas = new Map<number, LaneMeta>();
  return {
    clock,
    store: {
      ...store,
      async acquire(service, lane) {
        const snapshot = await store.acquire(service, lane);
        if (snapshot !== null) metas.set(lane, JSON.parse(snapshot.meta));
        return snapshot;
      },
    },
    log: {
      ...log,
      async read(topic, lane, from, limit) {
        const records = await log.read(topic, lane, from, limit);
        const { place, last } = metas.get(lane) ?? {};
        if (limit !== 1 || place?.offset !== from || last == null) return records;
        return records.map((record) => asRemembered(record, last));
      },
    },
  };
}

function asRemembered(record: LogRecord, { origin, logTime }: NonNullable<LaneMeta['last']>): LogRecord {
  const [topic, offset] = origin?.split(':') ?? [];
  const headers = timelineHeaders({
    type: 'tick',
    origin: topic === undefined ? null : { topic: topic as 'orders', offset: Number(offset) },
    logTime,
    clock: 'live',
    eventId: null,
    rawAppendedAtMs: null,
  });
  return { ...record, key: null, value: null, headers };
}

function numberedAsRead(own: ScoreReader, lanes: number): ScoreReader {
  const numbers = new Map<string, Map<number, number>>();
  return (score, source) => {
    const record = own(score, source);
    if (record.kind === 'marker') return record;
    if (record.kind === 'progress') return { ...record, number: null };
    const lane = `${score}/${laneOf(source.key as Uint8Array, lanes)}`;
    const known = numbers.get(lane) ?? new Map<number, number>();
    numbers.set(lane, known);
    const { number } = record.change;
    if (!known.has(number)) known.set(number, known.size + 1);
    return { ...record, change: { ...record.change, number: known.get(number) as number } };
  };
}
