import { embeddedSchemaIds, encodePolicy, RAW_TOPICS, type RawTopic, type WrittenPolicy } from '@tidemark/contracts';
import { type CustomerId, DAY_MS, HOUR_MS, MINUTE_MS, type TimeMs } from '@tidemark/domain';
import type { Random } from '@tidemark/testkit';
import { makeBadRecord } from './bad-records.ts';
import { drawCustomers, heldIdOf } from './customers.ts';
import { EventMaker, encoded } from './events.ts';
import { SWITCHING_POLICIES, type SwitchingPolicy } from './policies.ts';
import type { RawWrite } from './raw-write.ts';

/** On which clock a run is; `switch` begins on the event clock and goes live. */
export type ClockKind = 'live' | 'event' | 'switch';

/** Records that producers write at one moment. */
export interface Burst {
  /** Virtual time, ms since the start of the run. */
  readonly afterMs: number;
  readonly writes: readonly RawWrite[];
}

export interface Workload {
  readonly clock: ClockKind;
  /** So many customers that one record can have thousands of steps. */
  readonly isCrowd: boolean;
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
/** A run that goes live has two parts, shorter ones; the event clock's ends before the run starts. */
const SWITCH_BUSY_DAYS = 2;
const SWITCH_SILENT_DAYS = 3;
const CROWD_CHANCE = 0.03;

type Drawn = Omit<Workload, 'isCrowd' | 'lanes' | 'clock'>;

/** Everything that producers write in a run, drawn from a seed: nothing of it depends on what the pipeline does. */
export function drawWorkload(random: Random, clock: ClockKind): Workload {
  const isCrowd = clock !== 'switch' && random.chance(CROWD_CHANCE);
  const lanes = isCrowd ? 1 : random.between(2, 3);
  const customers = drawCustomers(random, lanes, isCrowd);
  const makers = customers.map((ids, lane) => new LaneProducer(random, lane, lanes, ids));
  const draw = { live: liveWorkload, event: eventWorkload, switch: switchWorkload }[clock];
  const drawn = draw(random, makers, isCrowd);
  const bursts = withDuplicates([...drawn.bursts, { afterMs: drawn.endsAfterMs, writes: drawn.last }]);
  const last = bursts.pop()?.writes ?? [];
  return { clock, isCrowd, lanes, bursts, last, endsAfterMs: drawn.endsAfterMs };
}

/** Of events that are known by the same, which are in one topic's lane, all but the first to be written are duplicates. */
function withDuplicates(bursts: readonly Burst[]): Burst[] {
  const known = new Set<string>();
  const marked = (write: RawWrite): RawWrite => {
    if (write.expectation.kind !== 'event') return write;
    const { eventId, keys } = write.expectation;
    if (keys.some((key) => known.has(key))) return { ...write, expectation: { kind: 'duplicate', eventId, keys } };
    for (const key of keys) known.add(key);
    return write;
  };
  return bursts.map(({ afterMs, writes }) => ({ afterMs, writes: writes.map(marked) }));
}

/** What one lane's producers write. */
class LaneProducer {
  readonly lane: number;
  readonly lanes: number;
  readonly #random: Random;
  readonly #events: EventMaker;
  readonly #customers: readonly CustomerId[];
  readonly #sent: RawWrite[] = [];

  constructor(random: Random, lane: number, lanes: number, customers: readonly CustomerId[]) {
    this.lane = lane;
    this.lanes = lanes;
    this.#random = random;
    this.#customers = customers;
    this.#events = new EventMaker(random, lane, customers, heldIdOf(lane, lanes));
  }

  /** A record that comes at `now`: an event, late or in time, a repeat of one, or one that has to be refused. */
  next(now: number, topic: RawTopic = this.#events.drawTopic()): RawWrite {
    const random = this.#random;
    const again = this.#sent.filter((write) => write.topic === topic);
    if (again.length > 0 && random.chance(0.1)) return random.pick(again.slice(-6));
    if (random.chance(0.06)) {
      const bad = makeBadRecord(random, this, random.pick(this.#customers), now);
      if (bad.topic === topic) return bad;
    }
    const write = this.#events.make(topic, now - this.#events.drawLatenessMs());
    this.#sent.push(write);
    return write;
  }

  /** One event each for most of a crowd. */
  rush(now: number): RawWrite[] {
    return this.#customers.map(() => this.#events.make('interactions', now, this.#random.pick(this.#customers)));
  }
}

/** Bursts with hours between them; the first policy somewhere in the first, others later. */
function liveWorkload(random: Random, makers: readonly LaneProducer[], isCrowd: boolean): Drawn {
  const policies = drawPolicies(random, (n) => random.between(4 * n - 2, 4 * n + 2), isCrowd ? 2 : 0);
  return liveBursts(random, makers, policies, { afterMs: 0, busyDays: BUSY_DAYS, silentDays: SILENT_DAYS, isCrowd });
}

function liveBursts(
  random: Random,
  makers: readonly LaneProducer[],
  policies: ReadonlyMap<number, DrawnPolicy>,
  during: {
    readonly afterMs: number;
    readonly busyDays: number;
    readonly silentDays: number;
    readonly isCrowd: boolean;
  },
): Drawn {
  const bursts: Burst[] = [];
  let { afterMs } = during;
  const busyUntilMs = afterMs + during.busyDays * DAY_MS;
  for (let n = 0; afterMs < busyUntilMs; n++) {
    const now = STARTS_AT + afterMs;
    const writes = makers.flatMap((maker) => Array.from({ length: random.between(0, 9) }, () => maker.next(now)));
    if (during.isCrowd && n === 1) writes.push(...makers.flatMap((maker) => maker.rush(now)));
    const policy = policies.get(n);
    const control = policy === undefined ? [] : makers.map(({ lane }) => policyWrite(policy, lane, now));
    const first = policies.get(0);
    if (random.chance(0.1) && n > 0 && first !== undefined) {
      control.push(...makers.map(({ lane }) => policyWrite(first, lane, now)));
    }
    bursts.push({ afterMs, writes: random.shuffled([...writes, ...control]) });
    afterMs += random.chance(0.3) ? random.between(1, 60) * 1_000 : random.between(1, 20) * HOUR_MS;
  }
  const endsAfterMs = afterMs + during.silentDays * DAY_MS;
  // A lane that is ahead of the wall clock has no ticks.
  const last = makers.flatMap((maker) => maker.rush(STARTS_AT + endsAfterMs).slice(0, 1));
  return { bursts, last, endsAfterMs };
}

/** Segments between punctuations; the inputs of a lane, and the lanes, are written in no order to one another. */
function eventWorkload(random: Random, makers: readonly LaneProducer[], isCrowd: boolean): Drawn {
  const segments = drawSegments(random, { from: STARTS_AT, busyDays: BUSY_DAYS, silentDays: SILENT_DAYS });
  const policies = drawPolicies(random, (n) => random.between(3 * n - 1, 3 * n + 1), isCrowd ? 2 : 0);
  const queues = segmentQueues(random, makers, segments, policies, isCrowd);
  const last = queues.flatMap((queue) => queue.splice(-1));
  return { ...segmentBursts(random, queues), last };
}

/** History in segments, the switch once all of it is promised, and at once, or a little later, what is live. */
function switchWorkload(random: Random, makers: readonly LaneProducer[]): Drawn {
  const days = { busyDays: SWITCH_BUSY_DAYS, silentDays: 1 };
  const segments = drawSegments(random, { from: STARTS_AT - 10 * DAY_MS, ...days });
  const policies = drawPolicies(random, (n) => random.between(3 * n - 1, 3 * n + 1));
  const time = segments.endsAt;
  const queues = segmentQueues(random, makers, segments, policies, false);
  for (const [i, queue] of queues.entries()) {
    const lane = Math.floor(i / RAW_TOPICS.length);
    const topic = RAW_TOPICS[i % RAW_TOPICS.length] as RawTopic;
    queue.push(punctuationWrite(topic, lane, time, time));
    queue.push(
      topic === 'control' ? liveSwitchWrite(lane, time + 1) : punctuationWrite(topic, lane, time + 1, time + 1),
    );
  }
  const history = segmentBursts(random, queues);
  const live = liveBursts(random, makers, new Map(), {
    afterMs: history.endsAfterMs + random.pick([0, 50, HOUR_MS]),
    busyDays: SWITCH_BUSY_DAYS,
    silentDays: SWITCH_SILENT_DAYS,
    isCrowd: false,
  });
  return { ...live, bursts: [...history.bursts, ...live.bursts] };
}

/** What each topic of each lane is written, in its own order. */
function segmentQueues(
  random: Random,
  makers: readonly LaneProducer[],
  { bounds, busyUntil }: Segments,
  policies: ReadonlyMap<number, DrawnPolicy>,
  isCrowd: boolean,
): RawWrite[][] {
  return makers.flatMap((maker) =>
    RAW_TOPICS.map((topic) =>
      bounds.flatMap((time, n) => {
        const until = (bounds[n + 1] ?? time + DAY_MS) - 1;
        const promise = punctuationWrite(topic, maker.lane, time, until);
        const rush = isCrowd && n === 1 && topic === 'interactions' ? maker.rush(time) : [];
        const isBusy = time < busyUntil;
        return [promise, ...rush, ...segmentWrites(random, maker, topic, { time, until, isBusy }, policies.get(n))];
      }),
    ),
  );
}

/** The queues are written in no order to one another. */
function segmentBursts(random: Random, queues: readonly RawWrite[][]): Omit<Drawn, 'last'> {
  const bursts: Burst[] = [];
  let afterMs = 0;
  for (let left = queues; left.length > 0; left = left.filter((queue) => queue.length > 0)) {
    bursts.push({ afterMs, writes: random.pick(left).splice(0, random.between(1, 12)) });
    afterMs += random.between(0, 12);
  }
  return { bursts, endsAfterMs: afterMs };
}

interface Segments {
  readonly bounds: readonly number[];
  readonly busyUntil: number;
  /** The last of them is over by then. */
  readonly endsAt: number;
}

/** Starts of segments: short ones while there are events, then days of silence. */
function drawSegments(
  random: Random,
  { from, busyDays, silentDays }: { readonly from: number; readonly busyDays: number; readonly silentDays: number },
): Segments {
  const bounds = [from];
  const busyUntil = from + busyDays * DAY_MS;
  let time = from;
  while (time < busyUntil) {
    time += random.chance(0.2) ? random.between(1, 30) * MINUTE_MS : random.between(4, 24) * HOUR_MS;
    bounds.push(time);
  }
  for (let day = 1; day <= silentDays; day++) bounds.push(time + day * DAY_MS);
  return { bounds, busyUntil, endsAt: time + (silentDays + 1) * DAY_MS };
}

function segmentWrites(
  random: Random,
  maker: LaneProducer,
  topic: RawTopic,
  { time, until, isBusy }: { readonly time: number; readonly until: number; readonly isBusy: boolean },
  policy: DrawnPolicy | undefined,
): RawWrite[] {
  if (topic === 'control') {
    return policy === undefined ? [] : [policyWrite(policy, maker.lane, random.between(time, until))];
  }
  if (!isBusy) return [];
  const count = topic === 'identities' ? random.between(0, 1) : random.between(0, 4);
  const times = Array.from({ length: count }, () => random.between(time, until));
  if (random.chance(0.8)) times.sort((a, b) => a - b);
  return times.map((now) => maker.next(random.chance(0.05) ? until + random.between(1, 4) * MINUTE_MS : now, topic));
}

/** One policy from the start, others later, `at` the time that it gives for each. A new one need not change a thing. */
function drawPolicies(random: Random, at: (number: number) => number, countMin = 0): ReadonlyMap<number, DrawnPolicy> {
  const count = Math.max(countMin, Number(random.weighted({ '0': 3, '1': 4, '2': 2 })));
  const written = new Map<number, WrittenPolicy & Pick<SwitchingPolicy, 'switchesOn'>>();
  for (let n = 0; n <= count; n++) {
    const { document, switchesOn } = random.pick(SWITCHING_POLICIES);
    written.set(n === 0 ? 0 : at(n), { number: n + 1, ...document, switchesOn });
  }
  const policies = new Map<number, DrawnPolicy>();
  let isOn = false;
  for (const [place, { switchesOn, ...policy }] of [...written].sort(([a], [b]) => a - b)) {
    policies.set(place, { policy, isRefused: isOn && !switchesOn });
    isOn ||= switchesOn;
  }
  return policies;
}

/** One that switches off what is on is refused. */
interface DrawnPolicy {
  readonly policy: WrittenPolicy;
  readonly isRefused: boolean;
}

function policyWrite({ policy, isRefused }: DrawnPolicy, lane: number, time: number): RawWrite {
  const value = encodePolicy(embeddedSchemaIds, policy, time as TimeMs);
  if (value === null) throw new Error('expected the schema of policies to have an id');
  return {
    topic: 'control',
    lane,
    key: null,
    value,
    expectation: isRefused ? { kind: 'refused', reason: 'invalid-policy' } : { kind: 'policy', number: policy.number },
    time,
    until: null,
  };
}

function punctuationWrite(topic: RawTopic, lane: number, time: number, until: number): RawWrite {
  const value = encoded('punctuation', { time: time as TimeMs, until: until as TimeMs });
  return { topic, lane, key: null, value, expectation: { kind: 'punctuation' }, time, until };
}

function liveSwitchWrite(lane: number, time: number): RawWrite {
  const value = encoded('live-switch', { number: 1, time: time as TimeMs });
  return { topic: 'control', lane, key: null, value, expectation: { kind: 'live-switch' }, time, until: null };
}
