import { RAW_TOPICS, type RawTopic } from '@tidemark/contracts';
import { type CustomerId, DAY_MS, HOUR_MS, MINUTE_MS, type TimeMs } from '@tidemark/domain';
import type { Random } from '@tidemark/testkit';
import { makeBadRecord } from './bad-records.ts';
import { drawCustomers } from './customers.ts';
import { EventMaker, encoded } from './events.ts';
import { POLICIES } from './policies.ts';
import type { RawWrite } from './raw-write.ts';

export type ClockKind = 'live' | 'event';

/** Records that producers write at one moment. */
export interface Burst {
  /** Virtual time, ms since the start of the run. */
  readonly afterMs: number;
  readonly writes: readonly RawWrite[];
}

export interface Workload {
  readonly clock: ClockKind;
  readonly lanes: number;
  readonly bursts: readonly Burst[];
  /** Written once nothing goes wrong any more: something for every lane, so that a loss of state is noticed. */
  readonly last: readonly RawWrite[];
  /** Virtual time at which silence ends the run, ms since its start. */
  readonly endsAfterMs: number;
}

/** Virtual time at which runs start. */
export const STARTS_AT = Date.UTC(2025, 0, 1);

const BUSY_DAYS = 5;
const SILENT_DAYS = 5;

/** Everything that producers write in a run, drawn from a seed: nothing of it depends on what the pipeline does. */
export function drawWorkload(random: Random, clock: ClockKind): Workload {
  const lanes = random.between(2, 3);
  const customers = drawCustomers(random, lanes);
  const makers = customers.map((ids, lane) => new LaneProducer(random, lane, ids));
  const workload = clock === 'live' ? liveWorkload(random, makers) : eventWorkload(random, makers);
  return { ...workload, bursts: withDuplicates(workload.bursts) };
}

/** Of records with the same eventId, which are in one topic's lane, all but the first to be written are duplicates. */
function withDuplicates(bursts: readonly Burst[]): Burst[] {
  const known = new Set<string>();
  const marked = (write: RawWrite): RawWrite => {
    if (write.expectation.kind !== 'event') return write;
    const { eventId } = write.expectation;
    if (known.has(eventId)) return { ...write, expectation: { kind: 'duplicate', eventId } };
    known.add(eventId);
    return write;
  };
  return bursts.map(({ afterMs, writes }) => ({ afterMs, writes: writes.map(marked) }));
}

/** What one lane's producers write. */
class LaneProducer {
  readonly lane: number;
  readonly #random: Random;
  readonly #events: EventMaker;
  readonly #customers: readonly CustomerId[];
  readonly #sent: RawWrite[] = [];

  constructor(random: Random, lane: number, customers: readonly CustomerId[]) {
    this.lane = lane;
    this.#random = random;
    this.#customers = customers;
    this.#events = new EventMaker(random, lane, customers);
  }

  /** A record that comes at `now`: an event, late or in time, a repeat of one, or one that has to be refused. */
  next(now: number, topic: RawTopic = this.#events.drawTopic()): RawWrite {
    const random = this.#random;
    const again = this.#sent.filter((write) => write.topic === topic);
    if (again.length > 0 && random.chance(0.1)) return random.pick(again.slice(-6));
    if (random.chance(0.06)) {
      const bad = makeBadRecord(random, this.lane, random.pick(this.#customers), now);
      if (bad.topic === topic) return bad;
    }
    const write = this.#events.make(topic, now - this.#events.drawLatenessMs());
    this.#sent.push(write);
    return write;
  }
}

/** Bursts with hours between them; the first policy somewhere in the first, others later. */
function liveWorkload(random: Random, makers: readonly LaneProducer[]): Workload {
  const bursts: Burst[] = [];
  const policies = drawPolicies(random, (n) => random.between(4 * n - 2, 4 * n + 2));
  let afterMs = 0;
  for (let n = 0; afterMs < BUSY_DAYS * DAY_MS; n++) {
    const now = STARTS_AT + afterMs;
    const writes = makers.flatMap((maker) => Array.from({ length: random.between(0, 9) }, () => maker.next(now)));
    const policy = policies.get(n);
    const control = policy === undefined ? [] : makers.map(({ lane }) => policyWrite(policy, lane, now));
    const first = policies.get(0);
    if (random.chance(0.1) && n > 0 && first !== undefined) {
      control.push(...makers.map(({ lane }) => policyWrite(first, lane, now)));
    }
    bursts.push({ afterMs, writes: random.shuffled([...writes, ...control]) });
    afterMs += random.chance(0.3) ? random.between(1, 60) * 1_000 : random.between(1, 20) * HOUR_MS;
  }
  const endsAfterMs = afterMs + SILENT_DAYS * DAY_MS;
  return { clock: 'live', lanes: makers.length, bursts, last: [], endsAfterMs };
}

/** Segments between punctuations; the inputs of a lane, and the lanes, are written in no order to one another. */
function eventWorkload(random: Random, makers: readonly LaneProducer[]): Workload {
  const bounds = segmentBounds(random);
  const policies = drawPolicies(random, (n) => random.between(3 * n - 1, 3 * n + 1));
  const queues = makers.flatMap((maker) =>
    RAW_TOPICS.map((topic) =>
      bounds.flatMap((time, n) => {
        const until = (bounds[n + 1] ?? time + DAY_MS) - 1;
        const promise = punctuationWrite(topic, maker.lane, time, until);
        return [promise, ...segmentWrites(random, maker, topic, time, until, policies.get(n))];
      }),
    ),
  );
  const last = queues.flatMap((queue) => queue.splice(-1));
  const bursts: Burst[] = [];
  let afterMs = 0;
  for (let left = queues; left.length > 0; left = left.filter((queue) => queue.length > 0)) {
    bursts.push({ afterMs, writes: random.pick(left).splice(0, random.between(1, 12)) });
    afterMs += random.between(0, 12);
  }
  return { clock: 'event', lanes: makers.length, bursts, last, endsAfterMs: afterMs };
}

/** Starts of segments: short ones while there are events, then days of silence. */
function segmentBounds(random: Random): number[] {
  const bounds = [STARTS_AT];
  let time = STARTS_AT;
  while (time < STARTS_AT + BUSY_DAYS * DAY_MS) {
    time += random.chance(0.2) ? random.between(1, 30) * MINUTE_MS : random.between(4, 24) * HOUR_MS;
    bounds.push(time);
  }
  for (let day = 1; day <= SILENT_DAYS; day++) bounds.push(time + day * DAY_MS);
  return bounds;
}

function segmentWrites(
  random: Random,
  maker: LaneProducer,
  topic: RawTopic,
  time: number,
  until: number,
  policy: NumberedPolicy | undefined,
): RawWrite[] {
  if (topic === 'control') {
    return policy === undefined ? [] : [policyWrite(policy, maker.lane, random.between(time, until))];
  }
  if (time >= STARTS_AT + BUSY_DAYS * DAY_MS) return [];
  const count = topic === 'identities' ? random.between(0, 1) : random.between(0, 4);
  const times = Array.from({ length: count }, () => random.between(time, until));
  if (random.chance(0.8)) times.sort((a, b) => a - b);
  return times.map((now) => maker.next(random.chance(0.05) ? until + random.between(1, 4) * MINUTE_MS : now, topic));
}

interface NumberedPolicy {
  readonly number: number;
  readonly document: string;
  readonly hash: string;
}

/** One policy from the start, others later, `at` the time that it gives for each. A new one need not change a thing. */
function drawPolicies(random: Random, at: (number: number) => number): ReadonlyMap<number, NumberedPolicy> {
  const count = random.weighted({ '0': 3, '1': 4, '2': 2 });
  const policies = new Map<number, NumberedPolicy>([[0, { number: 1, ...random.pick(POLICIES) }]]);
  for (let n = 1; n <= Number(count); n++) policies.set(at(n), { number: n + 1, ...random.pick(POLICIES) });
  return policies;
}

function policyWrite({ number, document, hash }: NumberedPolicy, lane: number, time: number): RawWrite {
  const value = encoded('policy', { number, hash, time: time as TimeMs, document });
  return { topic: 'control', lane, key: null, value, expectation: { kind: 'policy', number }, time, until: null };
}

function punctuationWrite(topic: RawTopic, lane: number, time: number, until: number): RawWrite {
  const value = encoded('punctuation', { time: time as TimeMs, until: until as TimeMs });
  return { topic, lane, key: null, value, expectation: { kind: 'punctuation' }, time, until };
}
