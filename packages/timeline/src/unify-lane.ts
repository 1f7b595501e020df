import { type ClockName, RAW_TOPICS, TIMELINE_FORMAT, type TimelineFormat } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import {
  type Fault,
  LANE_AHEAD_MS_MAX,
  type Lane,
  type LaneConsumer,
  LaneLife,
  type LaneWorker,
  type LogRecord,
  laneAheadMs,
  type Offset,
  type Topic,
} from '@tidemark/stream';
import { asRetriable } from './as-retriable.ts';
import { UnifyBatch } from './batch.ts';
import { type CheckedPlace, checkRawPlace, checkTimelineEnd } from './check-raw-place.ts';
import { checkClock } from './clock-check.ts';
import { noteOf } from './committed-note.ts';
import { DedupWindow } from './dedup-window.ts';
import { readFormat } from './lane-format.ts';
import { readPolicyAt } from './lane-policy.ts';
import { LaneTimeline } from './lane-timeline.ts';
import { nextArrived, nextMerged } from './next-head.ts';
import { type LaneNote, OffsetCommits } from './offset-commits.ts';
import { QuietTicks } from './quiet-ticks.ts';
import { RawInput } from './raw-input.ts';
import { RegistryWait } from './registry-wait.ts';
import { readTail, TAIL_RECORDS_MIN } from './tail.ts';
import type { UnifyObserver } from './unify-observer.ts';
import type { UnifyOptions, UnifyPorts } from './unify-ports.ts';
import type { UnifyLaneStatus } from './unify-status.ts';

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
  readonly #life: LaneLife;
  readonly #commits: OffsetCommits;
  #consumer: LaneConsumer;
  #policyAt: Offset | null = null;
  #timelineEnd: Offset = 0;
  /** In which the timeline goes on behind what is written. */
  #format: TimelineFormat = TIMELINE_FORMAT;
  #lastAppendedAtMs: number | null = null;
  #lastInput: RawInput | null = null;
  readonly #registry: RegistryWait;
  readonly #ticks: QuietTicks;

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
    this.#registry = new RegistryWait(ports.clock);
    this.#life = new LaneLife(
      {
        acquire: () => this.#acquire(),
        next: () => this.#unifyNext(),
        passing: asRetriable,
        retried: (error) => observer.retried?.(lane, error),
        faulted: (fault) => observer.faulted?.(lane, fault),
        crashed: (error) => observer.crashed?.(lane, error),
      },
      ports.clock,
      options.retryMs,
    );
    this.#ticks = new QuietTicks(lane, ports.timers, ports.clock, options, () => this.#life.wake());
    this.#commits = new OffsetCommits({
      lane,
      clock: ports.clock,
      batchRecordsMax: options.batchRecordsMax,
      signal: this.#life.signal,
      current: () => (this.#life.isAcquired ? { consumer: this.#consumer, note: this.#note } : null),
      failed: (error) => this.#commitFailed(error),
    });
  }

  get status(): UnifyLaneStatus {
    return {
      lane: this.lane,
      isAcquired: this.#life.isAcquired,
      fault: this.#life.fault?.code ?? null,
      logTime: this.#timeline.logTime,
      clock: this.#timeline.clock,
      dedupReachesBackTo: this.#timeline.window.reachesBackTo,
      waitsForRegistry: this.#registry.isLong,
      earliestAt: this.#timeline.policy?.policy.events.earliestAt ?? null,
      currency: this.#timeline.policy?.policy.currency.base ?? null,
      next: new Map(this.#inputs.map((input) => [input.topic, input.next])),
    };
  }

  start(): void {
    this.#life.start();
  }

  reassign(consumer: LaneConsumer): void {
    this.#consumer = consumer;
    this.#life.forget();
    this.#life.wake();
  }

  push(topic: Topic, records: readonly LogRecord[]): void {
    if (!this.#life.isAcquired) return;
    for (const input of this.#inputs) if (input.topic === topic) input.push(records);
    this.#life.wake();
  }

  block(topic: Topic, fault: Fault): void {
    if (!this.#life.isAcquired) return;
    for (const input of this.#inputs) if (input.topic === topic) input.block(fault);
    this.#life.wake();
  }

  async stop(): Promise<void> {
    this.#life.giveUp();
    await this.#life.over;
    await this.#commits.commitOrTell();
  }

  abandon(): void {
    this.#life.giveUp();
  }

  /** Takes up the lane: the timeline's tail, the committed offsets, and the policy that they point to. */
  async #acquire(): Promise<void> {
    const { log } = this.#ports;
    await this.#commits.forget();
    const committed = await this.#consumer.committed(this.lane);
    // The one of before makes room first: at their bounds two are 64 MiB.
    this.#timeline.window = new DedupWindow();
    const tail = await readTail(log, this.lane, this.#ports.rules);
    this.#timeline.window = tail.window;
    this.#timeline.logTime = tail.logTime;
    this.#lastAppendedAtMs = null;
    const note = noteOf(committed.get(this.#control.topic), this.lane);
    checkTimelineEnd(this.lane, note?.timelineEnd ?? 0, tail.end);
    this.#timelineEnd = tail.end;
    // A switch to the wall clock whose offsets were not committed is merged again, in its place among the rest.
    this.#timeline.clock =
      tail.clock === 'live' && note?.clock !== 'live' ? (note?.clock ?? null) : (tail.clock ?? note?.clock ?? null);
    // The event clock's order is fixed, and what was judged before the newest policy would be judged so again.
    const newest = this.#timeline.clock === 'live' ? tail.policyAt : null;
    this.#policyAt = newest ?? note?.policyAt ?? null;
    this.#timeline.policy = this.#policyAt === null ? null : await readPolicyAt(log, this.lane, this.#policyAt);
    this.#format = await readFormat(log, this.lane, note, tail, this.#ports.rules?.formatOf);
    this.#timeline.format = this.#format;
    const places = await Promise.all(
      this.#inputs.map(({ topic }) => checkRawPlace(log, this.lane, topic, committed.get(topic))),
    );
    // Whoever has the lane now may share the consumer: its positions are no longer this worker's to set.
    if (this.#life.isGivenUp) return;
    this.#life.acquired();
    const next = new Map(this.#inputs.map(({ topic }, i) => [topic, places[i]?.offset ?? 0]));
    this.#timeline.resume(tail.origins, next, tail.policies);
    for (const [i, input] of this.#inputs.entries()) {
      const place = places[i] as CheckedPlace;
      input.seek(this.#consumer, place.offset, place.state);
    }
    this.#observer.acquired?.(this.lane);
    this.#tellAhead();
  }

  /** It goes on all the same: what it takes is on the timeline, and can be replayed from there by the events' own times. */
  #tellAhead(): void {
    const aheadMs = laneAheadMs(this.#timeline.clock, this.#timeline.logTime, this.#ports.clock.now());
    if (aheadMs > LANE_AHEAD_MS_MAX) this.#observer.clockAhead?.(this.lane, aheadMs);
  }

  /** One batch: take what may be taken, write it, commit the offsets. Waits where there is nothing. */
  async #unifyNext(): Promise<void> {
    if (this.#inputs.some((input) => input.hasGap)) return this.#life.forget();
    const fault = this.#inputs.find((input) => input.fault !== null)?.fault;
    if (fault != null) return this.#stopFor(fault);
    if (this.#timeline.clock === null) {
      const head = await this.#registry.answer(this.#control.head());
      if (head === null) return this.#life.wait();
      this.#timeline.clock = head.outcome.ok && head.outcome.recordType === 'punctuation' ? 'event' : 'live';
    }
    await this.#checkClock(this.#timeline.clock);
    const batch = new UnifyBatch(this.lane, this.#timeline.clock, this.#timeline.format);
    await this.#fill(batch);
    if (!this.#life.isAcquired) return;
    if (batch.taken === 0) return this.#idle();
    await this.#write(batch);
  }

  /** With the offsets committed: whoever sets apart what cannot be read finds the group there, and nothing before it. */
  async #stopFor(fault: Fault): Promise<void> {
    await this.#commits.commit();
    if (this.#life.isAcquired) throw fault;
  }

  async #fill(batch: UnifyBatch): Promise<void> {
    const { batchRecordsMax, batchBytesMax } = this.#options;
    const { clock, policy, format } = this.#timeline;
    // A batch ends with what decides how the next is made: a switch of clocks, another format, and on the wall clock the
    // first policy, whose send tells whether that clock is right.
    const isFirst = clock === 'live' && policy === null;
    const isSame = () =>
      this.#timeline.clock === clock &&
      this.#timeline.format === format &&
      !(isFirst && this.#timeline.policy !== null);
    while (batch.taken < batchRecordsMax && batch.bytes < batchBytesMax && isSame()) {
      const next = this.#next();
      if (next === null || !this.#life.isAcquired) return;
      if (next instanceof Promise) {
        await this.#registry.answer(next);
        continue;
      }
      this.#registry.isThere();
      this.#lastInput = next.input;
      this.#timeline.take(batch, next, this.#ports.clock.now());
      next.input.take(next.head);
      batch.taken++;
    }
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
      this.#format = this.#timeline.format;
    }
    if (!this.#life.isAcquired) return;
    const mayWait = batch.clock === 'live' && batch.policyAt === null;
    await this.#commits.written(this.#inputs, batch.timeline.length, mayWait);
    this.#observer.sent?.(this.lane, batch.events, this.#timeline.logTime);
    for (const reason of batch.refusals) this.#observer.refused?.(this.lane, reason);
    for (let i = 0; i < batch.duplicates; i++) this.#observer.duplicate?.(this.lane);
    // A batch ends with a switch of clocks.
    if (batch.clock !== this.#timeline.clock) this.#tellAhead();
  }

  get #note(): LaneNote {
    const note = { clock: this.#timeline.clock, policyAt: this.#policyAt, timelineEnd: this.#timelineEnd };
    // What a pipeline commits that was never upgraded stays as it was.
    return this.#format === 1 ? note : { ...note, format: this.#format };
  }

  #commitFailed(error: unknown): void {
    if (!this.#life.passes(error)) this.#life.end(error);
  }

  /** Nothing may be taken: wait for more, on the wall clock at most until the next tick. */
  async #idle(): Promise<void> {
    if (this.#timeline.clock !== 'live' || this.#timeline.policy === null) return this.#life.wait();
    const waitMs = this.#ticks.waitMs(this.#timeline.logTime);
    return waitMs <= 0 ? this.#tick(this.#ports.clock.now()) : this.#life.wait(waitMs);
  }

  async #tick(logTime: TimeMs): Promise<void> {
    const batch = new UnifyBatch(this.lane, 'live', this.#timeline.format);
    batch.addTick(null, logTime);
    const { appendedAtMs } = await this.#ports.writer.send('timeline', this.lane, batch.timeline);
    this.#lastAppendedAtMs = appendedAtMs;
    this.#timeline.logTime = logTime;
    this.#observer.sent?.(this.lane, 0, logTime);
  }

  async #checkClock(clock: ClockName): Promise<void> {
    if (clock !== 'live' || this.#timeline.policy === null) return;
    await checkClock(
      this.lane,
      () => this.#ports.clock.now(),
      () => this.#lastAppendedAtMs,
      () => this.#tick(this.#timeline.logTime),
    );
  }
}
