import { type ClockName, ContractError, RAW_TOPICS, type RawDecoder } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import {
  type Clock,
  type Committed,
  type EventLog,
  Fault,
  type FaultCode,
  type InputBounds,
  LANE_AHEAD_MS_MAX,
  type Lane,
  type LaneConsumer,
  type LaneWorker,
  type LogRecord,
  laneAheadMs,
  type Offset,
  OperatingError,
  type SharedWriter,
  Signal,
  type Topic,
  untilBeat,
} from '@tidemark/stream';
import { UnifyBatch } from './batch.ts';
import { DedupWindow } from './dedup-window.ts';
import { readPolicyAt } from './lane-policy.ts';
import { LaneTimeline } from './lane-timeline.ts';
import { nextArrived, nextMerged } from './next-head.ts';
import { placeFault } from './place-fault.ts';
import { RawInput, type RawInputState } from './raw-input.ts';
import { readTail, TAIL_RECORDS_MIN } from './tail.ts';
import type { UnifyObserver } from './unify-observer.ts';
import type { UnifyRules } from './unify-rules.ts';

export interface UnifyOptions {
  readonly input: InputBounds;
  /**
   * Raw records and bytes taken into one send; records at most `TAIL_RECORDS_MIN`, and half of it at most where a batch is
   * not to wait for the commit of the one before.
   */
  readonly batchRecordsMax: number;
  readonly batchBytesMax: number;
  /** A raw record's key and value may have this many bytes together. */
  readonly recordBytesMax: number;
  /** A lane on the wall clock that was silent for this long gets a tick. */
  readonly tickMs: number;
  readonly retryMs: number;
}

export interface UnifyPorts {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly writer: SharedWriter;
  readonly decoder: RawDecoder;
  readonly rules?: UnifyRules | undefined;
}

/** How a lane is doing, for metrics and health. */
export interface UnifyLaneStatus {
  readonly lane: Lane;
  /** False before the lane was acquired, and while the log or the registry is away. */
  readonly isAcquired: boolean;
  readonly fault: FaultCode | null;
  readonly logTime: TimeMs;
  readonly clock: ClockName | null;
  /** Log time of the oldest event that a repeat would be noticed of. */
  readonly dedupReachesBackTo: TimeMs | null;
  /** The registry was asked for a schema, and has not answered for a while. */
  readonly waitsForRegistry: boolean;
  /** Events that happened before are refused; null before the lane has a policy. */
  readonly earliestAt: TimeMs | null;
  /** The next offset to take, by raw topic. */
  readonly next: ReadonlyMap<Topic, Offset>;
}

/** On the wall clock offsets are committed so often, of all lanes together: a commit a batch would be most of what the brokers do. */
const COMMIT_MS = 200;
/** A schema that is new to a process takes some milliseconds. */
const REGISTRY_SLOW_MS = 1_000;
/** The clock of unify may be ahead of the log's by this much before it stops writing. */
const CLOCK_AHEAD_MAX_MS = 5 * 60_000;

/** What the committed offset of each input carries: beside how far it is merged, what is known of the lane. */
interface CommittedNote extends RawInputState {
  readonly clock: ClockName | null;
  /** Where on the timeline the policy in force stands. */
  readonly policyAt: Offset | null;
  /** The timeline's end once these offsets were merged: it can only have grown since. */
  readonly timelineEnd: Offset;
}

/** How far a raw topic is merged. */
interface RawPlace {
  readonly topic: Topic;
  readonly next: Offset;
  readonly state: RawInputState;
}

/**
 * Makes one lane's timeline of its raw topics: merges, validates, normalises, drops repeats, stamps log time, and ticks.
 * Keeps no state of its own: what it needs after a restart it reads from the timeline's tail and its committed offsets.
 * Order of writing: dead letters, timeline, offsets; what a crash repeats is dropped by origin downstream.
 */
export class UnifyLane implements LaneWorker {
  readonly lane: Lane;
  readonly #ports: UnifyPorts;
  readonly #options: UnifyOptions;
  readonly #observer: UnifyObserver;
  readonly #inputs: readonly RawInput[];
  readonly #control: RawInput;
  readonly #timeline: LaneTimeline;
  readonly #arrived = new Signal();
  readonly #abort = new AbortController();
  #consumer: LaneConsumer;
  #acquired = false;
  #fault: Fault | null = null;
  #running: Promise<void> = Promise.resolve();
  #policyAt: Offset | null = null;
  #timelineEnd: Offset = 0;
  /** What has been written and not yet committed; null: nothing. */
  #uncommitted: { places: readonly RawPlace[]; records: number } | null = null;
  /** Runs until what is not committed is to be. */
  #commitTimer: Promise<void> | null = null;
  /** The commit in flight; one at a time, so that the newest ends last. */
  #committing: Promise<void> | null = null;
  #lastAppendedAtMs: number | null = null;
  #lastInput: RawInput | null = null;
  /** Since when a schema is asked for; null: none is. */
  #askingSinceMs: number | null = null;

  constructor(lane: Lane, consumer: LaneConsumer, ports: UnifyPorts, options: UnifyOptions, observer: UnifyObserver) {
    if (options.batchRecordsMax > TAIL_RECORDS_MIN) {
      throw new RangeError(`batchRecordsMax: expected at most ${TAIL_RECORDS_MIN}, found ${options.batchRecordsMax}`);
    }
    this.lane = lane;
    this.#consumer = consumer;
    this.#ports = ports;
    this.#options = options;
    this.#observer = observer;
    this.#timeline = new LaneTimeline(lane, ports.log.lanes, options.recordBytesMax, ports.rules);
    this.#inputs = RAW_TOPICS.map((topic) => new RawInput(topic, lane, consumer, options.input, ports.decoder));
    this.#control = this.#inputs[RAW_TOPICS.indexOf('control')] as RawInput;
  }

  get status(): UnifyLaneStatus {
    return {
      lane: this.lane,
      isAcquired: this.#acquired,
      fault: this.#fault?.code ?? null,
      logTime: this.#timeline.logTime,
      clock: this.#timeline.clock,
      dedupReachesBackTo: this.#timeline.window.reachesBackTo,
      waitsForRegistry:
        this.#askingSinceMs !== null && this.#ports.clock.elapsedMs() - this.#askingSinceMs >= REGISTRY_SLOW_MS,
      earliestAt: this.#timeline.policy?.policy.events.earliestAt ?? null,
      next: new Map(this.#inputs.map((input) => [input.topic, input.next])),
    };
  }

  start(): void {
    this.#running = this.#run();
  }

  reassign(consumer: LaneConsumer): void {
    this.#consumer = consumer;
    this.#acquired = false;
    this.#arrived.raise();
  }

  push(topic: Topic, records: readonly LogRecord[]): void {
    if (!this.#acquired) return;
    for (const input of this.#inputs) if (input.topic === topic) input.push(records);
    this.#arrived.raise();
  }

  block(topic: Topic, fault: Fault): void {
    if (!this.#acquired) return;
    for (const input of this.#inputs) if (input.topic === topic) input.block(fault);
    this.#arrived.raise();
  }

  async stop(): Promise<void> {
    this.abandon();
    await this.#running;
    await this.#commitOrTell();
  }

  abandon(): void {
    this.#abort.abort();
    this.#arrived.raise();
  }

  get #stopping(): boolean {
    return this.#abort.signal.aborted;
  }

  async #run(): Promise<void> {
    while (!this.#stopping && this.#fault === null) {
      try {
        await this.#acquire();
        while (this.#acquired && !this.#stopping) await this.#unifyNext();
      } catch (error) {
        const retriable = asRetriable(error);
        if (retriable === null) return this.#end(error);
        this.#acquired = false;
        this.#observer.retried?.(this.lane, retriable);
        await this.#ports.clock.sleep(this.#options.retryMs, this.#abort.signal);
      }
    }
  }

  #end(error: unknown): void {
    // Whoever gave the lane up may have closed the log since.
    if (this.#stopping && error instanceof OperatingError) return;
    this.#abort.abort();
    if (error instanceof Fault) {
      this.#fault = error;
      this.#observer.faulted?.(this.lane, error);
    } else {
      this.#observer.crashed?.(this.lane, error);
    }
  }

  /** Takes up the lane: the timeline's tail, the committed offsets, and the policy that they point to. */
  async #acquire(): Promise<void> {
    const { log } = this.#ports;
    this.#uncommitted = null;
    await this.#committing;
    const committed = await this.#consumer.committed(this.lane);
    // The one of before makes room first: at their bounds two are 64 MiB.
    this.#timeline.window = new DedupWindow();
    const tail = await readTail(log, this.lane, this.#ports.rules);
    this.#timeline.window = tail.window;
    this.#timeline.logTime = tail.logTime;
    this.#lastAppendedAtMs = null;
    const note = noteOf(committed.get(this.#control.topic), this.lane);
    this.#checkEnd(note?.timelineEnd ?? 0, tail.end);
    this.#timelineEnd = tail.end;
    // A switch to the wall clock whose offsets were not committed is merged again, in its place among the rest.
    this.#timeline.clock =
      tail.clock === 'live' && note?.clock !== 'live' ? (note?.clock ?? null) : (tail.clock ?? note?.clock ?? null);
    // The event clock's order is fixed, and what was judged before the newest policy would be judged so again.
    const newest = this.#timeline.clock === 'live' ? tail.policyAt : null;
    this.#policyAt = newest ?? note?.policyAt ?? null;
    this.#timeline.policy = this.#policyAt === null ? null : await readPolicyAt(log, this.lane, this.#policyAt);
    const places = await Promise.all(this.#inputs.map((input) => this.#placeOf(input, committed.get(input.topic))));
    // Whoever has the lane now may share the consumer: its positions are no longer this worker's to set.
    if (this.#stopping) return;
    this.#acquired = true;
    const next = new Map(this.#inputs.map(({ topic }, i) => [topic, places[i]?.offset ?? 0]));
    this.#timeline.resume(tail.origins, next, tail.policies);
    for (const [i, input] of this.#inputs.entries()) {
      const place = places[i] as { offset: Offset; state: RawInputState | null };
      input.place(this.#consumer, place.offset, place.state);
    }
    this.#observer.acquired?.(this.lane);
    this.#tellAhead();
  }

  /** It goes on all the same: what it takes is on the timeline, and can be replayed from there by the events' own times. */
  #tellAhead(): void {
    const aheadMs = laneAheadMs(this.#timeline.clock, this.#timeline.logTime, this.#ports.clock.now());
    if (aheadMs > LANE_AHEAD_MS_MAX) this.#observer.clockAhead?.(this.lane, aheadMs);
  }

  /** What was on the timeline as offsets were committed has to be there: its raw records will not be read again. */
  #checkEnd(expected: Offset, end: Offset): void {
    if (end >= expected) return;
    throw new Fault(
      'place-outside-log',
      `unify, lane ${this.lane}: expected at least ${expected} records on the timeline, found ${end}. The topic was cut or ` +
        'made anew: bring its records back, or start over in a new namespace.',
    );
  }

  async #placeOf(input: RawInput, committed: Committed | undefined) {
    const { log } = this.#ports;
    const bounds = await log.bounds(input.topic, this.lane);
    if (committed === undefined) return { offset: bounds.start, state: null };
    const fault = await placeFault({ log, lane: this.lane, topic: input.topic }, committed, bounds);
    if (fault !== null) throw fault;
    const state = noteOf(committed, this.lane);
    if (committed.offset > bounds.start) {
      await this.#checkLastTaken(input, committed.offset - 1, state?.takenAtMs ?? null);
    }
    return { offset: committed.offset, state };
  }

  /** A topic that was cut or made anew, and has grown since, is told by the record that was taken last. */
  async #checkLastTaken({ topic }: RawInput, offset: Offset, takenAtMs: number | null): Promise<void> {
    if (takenAtMs === null) return;
    const [record] = await this.#ports.log.read(topic, this.lane, offset, 1);
    if (record?.offset === offset && record.appendedAtMs === takenAtMs) return;
    throw new Fault(
      'record-changed',
      `unify, lane ${this.lane}: expected at offset ${offset} of ${topic} the record that was taken last, found another. The ` +
        'topic was cut or made anew: bring its records back, or start over in a new namespace.',
    );
  }

  /** One batch: take what may be taken, write it, commit the offsets. Waits where there is nothing. */
  async #unifyNext(): Promise<void> {
    if (this.#inputs.some((input) => input.hasGap)) {
      this.#acquired = false;
      return;
    }
    const fault = this.#inputs.find((input) => input.fault !== null)?.fault;
    if (fault != null) return this.#stopFor(fault);
    if (this.#timeline.clock === null) {
      const head = await this.#decoded(this.#control.head());
      if (head === null) return this.#arrived.wait();
      this.#timeline.clock = head.outcome.ok && head.outcome.recordType === 'punctuation' ? 'event' : 'live';
    }
    await this.#checkClock(this.#timeline.clock);
    const batch = new UnifyBatch(this.lane, this.#timeline.clock);
    await this.#fill(batch);
    if (!this.#acquired) return;
    if (batch.taken === 0) return this.#idle();
    await this.#write(batch);
  }

  /** With the offsets committed: whoever sets apart what cannot be read finds the group there, and nothing before it. */
  async #stopFor(fault: Fault): Promise<void> {
    await this.#commit();
    if (this.#acquired) throw fault;
  }

  async #fill(batch: UnifyBatch): Promise<void> {
    const { batchRecordsMax, batchBytesMax } = this.#options;
    const { clock, policy } = this.#timeline;
    // A batch ends with what decides how the next is made: a switch of clocks, and on the wall clock the first policy,
    // whose send tells whether that clock is right.
    const isFirst = clock === 'live' && policy === null;
    const isSame = () => this.#timeline.clock === clock && !(isFirst && this.#timeline.policy !== null);
    while (batch.taken < batchRecordsMax && batch.bytes < batchBytesMax && isSame()) {
      const next = this.#next();
      if (next === null || !this.#acquired) return;
      if (next instanceof Promise) {
        await this.#decoded(next);
        continue;
      }
      this.#askingSinceMs = null;
      this.#lastInput = next.input;
      this.#timeline.take(batch, next, this.#ports.clock.now());
      next.input.take(next.head);
      batch.taken++;
    }
  }

  /** A record is a promise where the registry has to be asked for its schema. After a failure it is still asked. */
  async #decoded<Head>(head: Head | Promise<Head>): Promise<Head> {
    if (head instanceof Promise) this.#askingSinceMs ??= this.#ports.clock.elapsedMs();
    const decoded = await head;
    this.#askingSinceMs = null;
    return decoded;
  }

  /** Until the lane has a policy everything else is held. */
  #next() {
    if (this.#timeline.policy === null) return nextArrived([this.#control], null);
    return this.#timeline.clock === 'event' ? nextMerged(this.#inputs) : nextArrived(this.#inputs, this.#lastInput);
  }

  async #write(batch: UnifyBatch): Promise<void> {
    const { writer } = this.#ports;
    if (batch.deadLetters.length > 0) await writer.send('dead-letters', this.lane, batch.deadLetters);
    if (batch.timeline.length > 0) {
      const { baseOffset, appendedAtMs } = await writer.send('timeline', this.lane, batch.timeline);
      this.#lastAppendedAtMs = appendedAtMs;
      this.#timelineEnd = baseOffset + batch.timeline.length;
      if (batch.policyAt !== null) this.#policyAt = baseOffset + batch.policyAt;
    }
    if (!this.#acquired) return;
    await this.#written(batch);
    this.#observer.sent?.(this.lane, batch.events, this.#timeline.logTime);
    for (const reason of batch.refusals) this.#observer.refused?.(this.lane, reason);
    for (let i = 0; i < batch.duplicates; i++) this.#observer.duplicate?.(this.lane);
    // A batch ends with a switch of clocks.
    if (batch.clock !== this.#timeline.clock) this.#tellAhead();
  }

  /**
   * What is written and not committed is found again in the timeline's tail: so on the wall clock a batch does not wait for
   * its commit, as long as the tail surely has it. On the event clock, whose order is fixed, each batch is committed.
   */
  async #written({ clock, timeline, policyAt }: UnifyBatch): Promise<void> {
    const records = (this.#uncommitted?.records ?? 0) + timeline.length;
    const places = this.#inputs.map(({ topic, next, state }) => ({ topic, next, state }));
    this.#uncommitted = { places, records };
    const isInTail = records + this.#options.batchRecordsMax <= TAIL_RECORDS_MIN;
    if (clock === 'live' && policyAt === null && isInTail) this.#commitLater();
    else await this.#commit();
  }

  #commitLater(): void {
    const { clock } = this.#ports;
    this.#commitTimer ??= clock.sleep(untilBeat(clock, COMMIT_MS), this.#abort.signal).then(() => {
      this.#commitTimer = null;
      return this.#stopping ? undefined : this.#commitOrTell();
    });
  }

  /** A commit that fails is made up for by the next. */
  async #commitOrTell(): Promise<void> {
    try {
      await this.#commit();
    } catch (error) {
      const retriable = asRetriable(error);
      if (retriable === null) this.#end(error);
      else this.#observer.retried?.(this.lane, retriable);
    }
  }

  async #commit(): Promise<void> {
    while (this.#committing !== null) await this.#committing;
    const uncommitted = this.#uncommitted;
    if (uncommitted === null || !this.#acquired) return;
    const shared = { clock: this.#timeline.clock, policyAt: this.#policyAt, timelineEnd: this.#timelineEnd };
    const committed = ({ next, state }: RawPlace): Committed => {
      const note: CommittedNote = { ...state, ...shared };
      return { offset: next, metadata: JSON.stringify(note) };
    };
    const places = new Map(uncommitted.places.map((place) => [place.topic, committed(place)]));
    const outcome = this.#consumer.commit(this.lane, places);
    // Whoever waits for its end is told by whoever asked for it how it ended.
    this.#committing = outcome
      .catch(() => undefined)
      .then(() => {
        this.#committing = null;
      });
    await outcome;
    if (this.#uncommitted === uncommitted) this.#uncommitted = null;
  }

  /** Nothing may be taken: wait for more, on the wall clock at most until the next tick. */
  async #idle(): Promise<void> {
    if (this.#timeline.clock !== 'live' || this.#timeline.policy === null) return this.#arrived.wait();
    const now = this.#ports.clock.now();
    const silentMs = now - this.#timeline.logTime;
    if (silentMs >= this.#options.tickMs) return this.#tick(now);
    const waitMs = this.#options.tickMs - Math.max(silentMs, 0);
    this.#arrived.raiseAfter(() => this.#ports.clock.sleep(waitMs, this.#abort.signal));
    return this.#arrived.wait();
  }

  async #tick(logTime: TimeMs): Promise<void> {
    const batch = new UnifyBatch(this.lane, 'live');
    batch.addTick(null, logTime);
    const { appendedAtMs } = await this.#ports.writer.send('timeline', this.lane, batch.timeline);
    this.#lastAppendedAtMs = appendedAtMs;
    this.#timeline.logTime = logTime;
    this.#observer.sent?.(this.lane, 0, logTime);
  }

  /**
   * A clock that runs ahead would move stream time ahead for good. Where the last send is too old to compare with, a tick
   * that moves nothing asks the log for its time.
   */
  async #checkClock(clock: ClockName): Promise<void> {
    if (clock !== 'live' || this.#timeline.policy === null) return;
    for (;;) {
      const askedAt = this.#ports.clock.now();
      const isAhead = () => askedAt - (this.#lastAppendedAtMs ?? 0) > CLOCK_AHEAD_MAX_MS;
      if (!isAhead()) return;
      await this.#tick(this.#timeline.logTime);
      // As asked, not as answered: a process that stood still in between is not ahead of the log. It asks again.
      if (!isAhead()) continue;
      throw new Fault(
        'clock-ahead',
        `unify, lane ${this.lane}: expected this machine's clock within ${CLOCK_AHEAD_MAX_MS} ms of the log's, found it ` +
          'further ahead. Set the clock (NTP), then start unify again.',
      );
    }
  }
}

/** The registry is away, or log: worth another try. */
function asRetriable(error: unknown): OperatingError | null {
  if (error instanceof OperatingError && error.retriable) return error;
  if (error instanceof ContractError && error.code === 'registry-unavailable') {
    return new OperatingError('registry-unavailable', error.message, { retriable: true, cause: error });
  }
  return null;
}

/** What unify's own commit carries; null for none, and for one of another tool. Throws a `Fault`. */
export function noteOf(committed: Committed | undefined, lane: Lane): CommittedNote | null {
  if (committed === undefined || committed.metadata === '') return null;
  try {
    return JSON.parse(committed.metadata) as CommittedNote;
  } catch {
    throw new Fault(
      'corrupt-state',
      `unify, lane ${lane}: expected the group's committed offsets with metadata of ours, found other metadata. Something ` +
        'else committed in this group: end it, and bring back what was committed before.',
    );
  }
}
