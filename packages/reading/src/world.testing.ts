import {
  type ChangeRecord,
  changeCodecOf,
  changeRecordTypeOf,
  codecs,
  customerKey,
  encodeTimeline,
  outputHeaders,
  type RawTopic,
  type Records,
  type TimelineEventRecord,
  timelineHeaders,
  timelineSchemaOf,
} from '@tidemark/contracts';
import {
  type CustomerId,
  DAY_MS,
  decideTier,
  facets,
  type Policy,
  type ScoreName,
  scoreNames,
  stateOf,
  type TierState,
  type TimelineEvent,
  type TimeMs,
  type View,
} from '@tidemark/domain';
import { foldServices } from '@tidemark/pipeline';
import { defaultPolicy } from '@tidemark/policy';
import { commitPart, type Lane, type LaneMeta, type NewRecord, type ScoreFacet, type Topic } from '@tidemark/stream';
import { Random, SimulatedLog, SimulatedProcess, SimulatedStore, Simulation } from '@tidemark/testkit';
import type { Customer } from './customer.ts';
import { storedScore } from './lane-rules.ts';
import { type LaneState, readLaneState } from './lane-state.ts';
import type { Reading } from './types.ts';

export const NOW = Date.UTC(2025, 0, 1) as TimeMs;
export const SILENCE = { kind: 'silence', origin: null, eventId: null } as const;

export const FOLD_VERSIONS: ReadonlyMap<string, number> = new Map(
  foldServices.map(({ name, version }) => [name, version]),
);

/** A log and a store to be read, and how to fill them. */
export class World {
  readonly log: SimulatedLog;
  readonly store = new SimulatedStore();
  readonly #simulation: Simulation;
  readonly #tokens = new Map<string, string>();

  constructor(lanes = 1) {
    this.#simulation = new Simulation(new Random(1), NOW);
    this.log = new SimulatedLog(this.#simulation, lanes);
  }

  get reading(): Reading {
    const { log } = this;
    return {
      log: {
        lanes: log.lanes,
        bounds: async (topic, lane) => log.bounds(topic, lane),
        read: async (topic, lane, from, limit) => log.records(topic, lane).slice(from, from + limit),
      },
      store: this.store.reader,
      clock: { now: () => NOW },
    };
  }

  /** Resolves to the record's offset. */
  append(topic: Topic, record: NewRecord, lane: Lane = 0): number {
    return this.log.append(topic, lane, [record]).baseOffset;
  }

  async commit(
    service: string,
    facets: Readonly<Record<string, { readonly facet: string; readonly label?: string | null }>>,
    meta: string = metaOf(service),
    lane: Lane = 0,
  ): Promise<void> {
    const key = `${service}/${lane}`;
    const token = this.#tokens.get(key) ?? null;
    const next = String(Number(token ?? 0) + 1);
    this.#tokens.set(key, next);
    const driver = this.#simulation.drive();
    const port = this.store.portOf(new SimulatedProcess('writer', this.#simulation));
    await commitPart(port, service, lane, token, {
      token: next,
      meta,
      facets: Object.entries(facets).map(([customerId, { facet, label }]) => {
        return { customerId: customerId as CustomerId, facet, timer: null, label };
      }),
      outbox: [],
      trimThrough: 0,
    });
    await driver.end();
  }

  /** What the services would have committed of a customer. */
  async commitCustomer({ customerId, scores: facets, tier }: Customer, meta: Partial<LaneMeta> = {}): Promise<void> {
    for (const name of scoreNames) {
      const facet = facets.get(name);
      const of = facet === undefined ? {} : { [customerId]: { facet: JSON.stringify(facet) } };
      await this.commit(name, of, metaOf(name, meta));
    }
    const ofTier = tier === null ? {} : { [customerId]: { facet: JSON.stringify(tier), label: tier.tier } };
    await this.commit('tier', ofTier, metaOf('tier', meta));
  }
}

export function metaOf(service: string, changes: Partial<LaneMeta> = {}, policy: Policy = defaultPolicy()): string {
  const meta: LaneMeta = {
    foldVersion: FOLD_VERSIONS.get(service) ?? 0,
    place: { offset: 99, cursor: null },
    streamTime: NOW,
    clock: 'event',
    origins: {},
    last: null,
    policy: { number: 1, document: JSON.stringify(policy) },
    sequence: 0,
    number: 0,
    inputs: {},
    ...changes,
  };
  return JSON.stringify(meta);
}

export function laneState(changes: Partial<Record<string, Partial<LaneMeta>>> = {}): LaneState {
  const metas = new Map([...FOLD_VERSIONS.keys()].map((name) => [name, metaOf(name, changes[name])]));
  return readLaneState(0, metas);
}

/** A customer as the folds leave them at `at` after the events, each folded at its own time. */
export function customerOf(customerId: string, events: readonly TimelineEvent[], at: TimeMs): Customer {
  const policy = defaultPolicy();
  const facets = new Map<ScoreName, ScoreFacet<unknown, View>>();
  for (const name of scoreNames) {
    const score = storedScore(name);
    const parameters = score.parametersOf(policy);
    let { initial: state } = score;
    for (const event of events) {
      if (!score.eventTypes.includes(event.type)) continue;
      state = stateOf(score.evolve(state, event, event.data.occurredAt, parameters));
    }
    if (state !== score.initial) facets.set(name, { state, view: score.view(state, at, parameters) });
  }
  const changed = [...facets].map(([score, { view }]) => ({ score, view }));
  const tier: TierState = decideTier(null, changed, at, policy.tiers).state;
  return { customerId: customerId as CustomerId, profile: null, scores: facets, tier: facets.size === 0 ? null : tier };
}

export function visit(eventId: string, occurredAt: number, action = 'product_view'): TimelineEvent {
  return {
    type: 'interaction',
    data: {
      eventId,
      occurredAt: occurredAt as TimeMs,
      channel: 'web',
      action,
      object: null,
      category: null,
      sessionId: null,
      properties: {},
    },
  } as TimelineEvent;
}

export function order(eventId: string, occurredAt: number, amountMinor: number): TimelineEvent {
  return {
    type: 'order',
    data: {
      eventId,
      occurredAt: occurredAt as TimeMs,
      orderId: eventId,
      status: 'placed',
      refundId: null,
      amountMinor,
      currency: 'USD',
      rate: '1',
      items: [],
      marginMinor: null,
    },
  } as TimelineEvent;
}

/** Some years of a customer's life. */
export function daysAgo(days: number): TimeMs {
  return (NOW - days * DAY_MS) as TimeMs;
}

export function eventRecord(
  customerId: string,
  event: TimelineEvent,
  topic: RawTopic,
  offset: number,
  logTime: number,
): NewRecord {
  const record = event as TimelineEventRecord;
  const headers = timelineHeaders(
    {
      type: event.type,
      origin: { topic, offset },
      logTime: logTime as TimeMs,
      clock: 'event',
      eventId: event.data.eventId,
      rawAppendedAtMs: null,
    },
    timelineSchemaOf(record),
  );
  return { key: customerKey(customerId), value: encodeTimeline(record), headers };
}

export function tickRecord(logTime: number): NewRecord {
  const time = { logTime: logTime as TimeMs, clock: 'event', eventId: null, rawAppendedAtMs: null } as const;
  return { key: null, value: null, headers: timelineHeaders({ type: 'tick', origin: null, ...time }) };
}

/** A view that the score can have. */
function anyViewOf(score: ScoreName): View {
  const attributes = Object.entries(facets[score].view).map(([attribute, field]) => {
    return [attribute, field.kind === 'whole' ? field.min : field.values[0]];
  });
  return Object.fromEntries(attributes) as View;
}

export function viewChangeRecord(
  score: ScoreName,
  customerId: string,
  change: Pick<ChangeRecord, 'number' | 'timelineOffset' | 'effectiveAt' | 'step' | 'cause'>,
): NewRecord {
  const codec = changeCodecOf(score);
  const record = { ...change, from: null, to: anyViewOf(score), foldVersion: null };
  const headers = outputHeaders(changeRecordTypeOf(score), codec.fingerprintFor(record));
  return { key: customerKey(customerId), value: codec.encode(record), headers };
}

export function progressRecord(timelineOffset: number): NewRecord {
  const record = { timelineOffset, number: null, foldVersion: null };
  const headers = outputHeaders('progress', codecs.progress.fingerprintFor(record));
  return { key: null, value: codecs.progress.encode(record), headers };
}

export function tierChangeRecord(customerId: string, changes: Partial<Records['tier-change']>): NewRecord {
  const codec = codecs['tier-change'];
  const record: Records['tier-change'] = {
    number: 1,
    timelineOffset: 0,
    effectiveAt: NOW,
    change: 1,
    from: null,
    to: 'member',
    direction: 'enter',
    points: 0,
    reasons: [],
    causes: [{ score: 'rfm', ...SILENCE }],
    policyNumber: 1,
    labels: {},
    benefits: [],
    strategy: null,
    foldVersion: 1,
    epoch: null,
    ...changes,
  };
  const headers = outputHeaders('tier-change', codec.fingerprintFor(record));
  return { key: customerKey(customerId), value: codec.encode(record), headers };
}
