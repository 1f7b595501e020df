import { laneOf, readTimelineHeaders, timelineHeaders } from '@tidemark/contracts';
import { isOn, type ScoreName, type TierState, type TimeMs } from '@tidemark/domain';
import { timelineReader } from '@tidemark/pipeline';
import type {
  EventLog,
  LaneMeta,
  LogRecord,
  NewRecord,
  ScoreReader,
  ServicePorts,
  TimelineReader,
} from '@tidemark/stream';
import { unifyRules } from '@tidemark/timeline';
import type { Alterations, AnyFold } from './wiring.ts';

/** The pipeline with one of its guards turned off; what is left has to be found out. */
export interface Mutant {
  /** The guard that is missing. */
  readonly without: string;
  readonly alterations: Alterations;
}

const readerWithoutCutovers: TimelineReader = {
  ...timelineReader,
  cutover: (record) => ({ ...timelineReader.cutover(record), facet: 'none' }),
};

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
  /** What a held id did looks like a customer's. */
  heldMark: {
    without: 'the mark of held ids',
    alterations: { unifyRules: { ...unifyRules, isHeld: () => false } },
  },
  /** Folds take steps for whom nobody knows. */
  heldSteps: {
    without: 'the passing over of marked records',
    alterations: {
      reader: { ...timelineReader, record: (source) => ({ ...timelineReader.record(source), isHeld: undefined }) },
    },
  },
  /** A lane that is taken up goes on in the newest format, whoever else is still of an earlier build. */
  format: {
    without: 'the wait for the control record that brings a format',
    alterations: { unifyRules: { ...unifyRules, formatOf: () => 2 } },
  },
  /** Readers go on taking what an owner of an earlier version sends late, and take its numbers for the newer one's. */
  versions: { without: 'the rule of versions in the join', alterations: { scoreReader: ofOneVersion } },
  /** A later version tells from the timeline's start, beside the one in force. */
  silence: {
    without: 'the silence of a version that folds beside another',
    alterations: { laterFold: (own) => ({ ...own, firstVersion: own.version }) },
  },
  /** The version before goes on telling behind the cutover. */
  ending: { without: 'the end of a version before its cutover', alterations: { firstReader: readerWithoutCutovers } },
  /** Whoever sees another than what was told last says nothing of it. */
  look: { without: 'the look at the cutover', alterations: { laterFold: (own) => looking(own, lookAway) } },
  /** Customers of whom nothing new is told keep the number that the new version has counted by itself. */
  chain: {
    without: 'the change numbers of those who do not differ',
    alterations: { laterFold: (own) => looking(own, countOwn) },
  },
  /** The minimum stay runs from a moment that nobody was told of. */
  stay: { without: 'the stay from what was told last', alterations: { laterFold: (own) => looking(own, stayOwn) } },
  /** Old timers are told at the cutover, and not when they were due. */
  tick: { without: 'the tick before a cutover', alterations: { unifyLog: withoutTicks } },
  /** A place saved in a change topic does not say which version was in force there. */
  savedVersion: { without: 'the version in saved places', alterations: { ports: withoutSavedVersions } },
} as const satisfies Readonly<Record<string, Mutant>>;

function ofOneVersion(own: ScoreReader): ScoreReader {
  return (score, source) => ({ ...own(score, source), version: 0 });
}

type Look = NonNullable<AnyFold['takeover']>['look'];

function looking(own: AnyFold, how: (look: Look) => Look): AnyFold {
  const { takeover } = own;
  return takeover === null ? own : { ...own, takeover: { ...takeover, look: how(takeover.look) } };
}

function lookAway(look: Look): Look {
  return (...of) => ({ ...look(...of), change: null });
}

function countOwn(look: Look): Look {
  return keepOwn(look, 'changes');
}

function stayOwn(look: Look): Look {
  return keepOwn(look, 'since');
}

/** Of tier's state, where nothing is told. */
function keepOwn(look: Look, property: 'changes' | 'since'): Look {
  return (facet, ...of) => {
    const result = look(facet, ...of);
    if (result.change !== null || !isTier(facet) || !isTier(result.facet)) return result;
    return { ...result, facet: { ...result.facet, [property]: facet[property] } };
  };
}

function isTier(facet: unknown): facet is TierState {
  return typeof facet === 'object' && facet !== null && 'since' in facet && 'changes' in facet;
}

/** They stand there, and move no time. */
function withoutTicks(own: EventLog): EventLog {
  const isCutover = (record: NewRecord | undefined) =>
    record !== undefined && readTimelineHeaders(record.headers).type === 'cutover';
  const tickOf0 = ({ headers, ...record }: NewRecord): NewRecord => {
    return { ...record, headers: timelineHeaders({ ...readTimelineHeaders(headers), logTime: 0 as TimeMs }) };
  };
  return {
    lanes: own.lanes,
    consume: (subscription) => own.consume(subscription),
    bounds: (topic, lane) => own.bounds(topic, lane),
    read: (topic, lane, from, limit) => own.read(topic, lane, from, limit),
    async writer() {
      const writer = await own.writer();
      return {
        send: (topic, lane, records) => {
          const sent = records.map((record, i) => (isCutover(records[i + 1]) ? tickOf0(record) : record));
          return writer.send(topic, lane, sent);
        },
        close: () => writer.close(),
      };
    },
  };
}

/** Places are read back as those of a topic that has had one version. */
function withoutSavedVersions({ log, store, clock }: ServicePorts): ServicePorts {
  return {
    log,
    clock,
    store: {
      ...store,
      async acquire(service, lane) {
        const snapshot = await store.acquire(service, lane);
        if (snapshot === null) return null;
        const meta: LaneMeta = JSON.parse(snapshot.meta);
        const inputs = Object.entries(meta.inputs).map(([topic, place]) => [topic, { ...place, version: 0 }]);
        return { ...snapshot, meta: JSON.stringify({ ...meta, inputs: Object.fromEntries(inputs) }) };
      },
    },
  };
}

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
