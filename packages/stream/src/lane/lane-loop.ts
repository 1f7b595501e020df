import type { TimeMs } from '@tidemark/domain';
import { type Fault, OperatingError } from '../errors.ts';
import type { Lane, LaneConsumer, LogRecord, Topic } from '../ports/event-log.ts';
import { commitPart, readPart } from '../ports/lane-parts.ts';
import type { LaneRead, ReadRequest } from '../ports/profile-store.ts';
import type { TimelineRecord } from '../timeline-record.ts';
import { acquireLane } from './acquire-lane.ts';
import { LaneLife } from './lane-life.ts';
import type { LaneMeta } from './lane-meta.ts';
import type { LaneObserver } from './lane-observer.ts';
import { LanePart, type PlannedChunk } from './lane-part.ts';
import type { LaneOptions, LanePorts, LaneStatus, LaneWiring } from './lane-ports.ts';
import { markTold, type ToldBefore } from './mark.ts';
import { NOTHING_TO_READ } from './plan-chunk.ts';
import type { JoinedRecord } from './record-steps.ts';
import { openRelay, type Relay } from './relay.ts';
import { type CutoverHere, forceOf, newCutover } from './stand.ts';

/** Customers read before their records are ready. */
const READ_AHEAD_MAX = 100;

/**
 * Folds one lane: acquire, then chunk after chunk (read, fold, commit, relay), until it is stopped, faults, or another
 * owner commits first; then it acquires again. No fencing: what two owners commit from one place is the same.
 */
export class LaneLoop<Facet, Rules, Change> {
  readonly lane: Lane;
  /** What the state of the fold's version is called. */
  readonly stateName: string;
  readonly #service: string;
  readonly #wiring: LaneWiring<Facet, Rules, Change>;
  readonly #ports: LanePorts;
  readonly #options: LaneOptions;
  readonly #observer: LaneObserver;
  readonly #life: LaneLife;
  readonly #part: LanePart<Facet, Rules, Change>;
  readonly #relay: Relay;
  #consumer: LaneConsumer;
  #committedAtMs = Number.NEGATIVE_INFINITY;
  #endedBy: number | null = null;

  constructor(
    lane: Lane,
    consumer: LaneConsumer,
    wiring: LaneWiring<Facet, Rules, Change>,
    ports: LanePorts,
    options: LaneOptions,
    observer: LaneObserver,
  ) {
    this.lane = lane;
    this.#consumer = consumer;
    this.#wiring = wiring;
    this.#ports = ports;
    this.#options = options;
    this.#observer = observer;
    const { service, stateName } = wiring.fold;
    this.stateName = stateName;
    this.#service = service;
    this.#life = new LaneLife(
      {
        acquire: () => this.#acquire(),
        next: () => this.#foldNext(),
        passing: (error) => (error instanceof OperatingError && error.retriable ? error : null),
        retried: (error) => observer.retried?.(service, lane, error),
        ended: () => this.#relay.abandon(),
        faulted: (fault) => observer.faulted?.(service, lane, fault),
        crashed: (error) => observer.crashed?.(service, lane, error),
      },
      ports.clock,
      options.retryMs,
    );
    this.#part = new LanePart(lane, wiring, options);
    this.#relay = openRelay(lane, wiring, ports, options, observer, (error) => this.#life.end(error));
  }

  get fault(): Fault | null {
    return this.#life.fault;
  }

  /** The lane's place and times; nothing came of records that are folded and not yet committed. */
  get meta(): LaneMeta {
    return this.#part.settled;
  }

  /** Topics that the lane's next record waits for. */
  get waitsFor(): readonly Topic[] {
    return this.#life.isAcquired ? this.#wiring.source.waitsFor() : [];
  }

  get status(): LaneStatus {
    return {
      ...this.#part.status,
      lane: this.lane,
      isAcquired: this.#life.isAcquired,
      fault: this.fault?.code ?? null,
      waitsFor: this.waitsFor,
      outboxDepth: this.#relay.depth,
      outboxWaitingMs: this.#relay.waitingMs,
      endedBy: this.#endedBy,
    };
  }

  start(): void {
    this.#life.start();
  }

  /** A re-join forgot the positions: the lane has to be acquired again. */
  reassign(consumer: LaneConsumer): void {
    this.#consumer = consumer;
    this.#life.forget();
    this.#life.wake();
  }

  push(topic: Topic, records: readonly LogRecord[]): void {
    if (!this.#life.isAcquired) return;
    try {
      const { source } = this.#wiring;
      if (source.push(topic, records)) this.#life.wake();
      if (source.isFull) this.#life.endNap();
    } catch (error) {
      this.#life.forget();
      this.#life.end(error);
    }
  }

  block(topic: Topic, fault: Fault): void {
    if (!this.#life.isAcquired) return;
    this.#wiring.source.block(topic, fault);
    this.#life.wake();
  }

  /** Ends after the chunk under way and what it has to relay. */
  async stop(): Promise<void> {
    this.#life.giveUp();
    this.#relay.drain();
    await this.#life.over;
    if (this.#life.isAcquired && this.fault === null)
      await this.#commit().catch((error: unknown) => {
        if (!this.#life.passes(error)) this.#life.end(error);
      });
    await this.#relay.stop(true);
  }

  /** Ends without waiting: the lane has another owner. */
  abandon(): void {
    this.#life.giveUp();
    this.#relay.abandon();
  }

  /** Takes up the lane where the store says it is, after checking that log, store and mirror agree. */
  async #acquire(): Promise<void> {
    await this.#relay.stop(false);
    const checked = { ...this.#wiring, lane: this.lane };
    const { meta, token, outbox, frontier, places } = await acquireLane(checked, this.#ports, this.#consumer);
    // Whoever has the lane now may share the consumer: its positions are no longer this worker's to set.
    if (this.#life.isGivenUp) return;
    this.#part.begin(meta, token);
    this.#endedBy = null;
    this.#life.acquired();
    this.#wiring.source.seek(this.#consumer, meta, places);
    this.#relay.start(this.#consumer, outbox, frontier, this.#part.folded);
    this.#observer.acquired?.(this.#service, this.lane, meta.place.offset);
    this.#tellPolicy();
  }

  /** One chunk: read, fold, commit, hand over to the relay. */
  async #foldNext(): Promise<void> {
    const { source } = this.#wiring;
    if (source.hasGap) return this.#life.forget();
    const { recordsMax, lingerMs = 0 } = this.#options;
    const ready = source.ready(recordsMax);
    if (ready.length === 0 && source.fault !== null) return this.#stopFor(source.fault);
    if (ready.length === 0) return (await this.#readAhead()) ? undefined : this.#await();
    const lingersMs = this.#committedAtMs + lingerMs - this.#ports.clock.elapsedMs();
    if (lingersMs > 0 && ready.length < recordsMax && !source.isFull) return this.#life.nap(lingersMs);
    await this.#relay.room(this.#options.outboxMax);
    if (!this.#life.isAtWork) return;
    const { record } = ready[0] as JoinedRecord;
    const cutover = newCutover(this.#wiring, this.#part.meta, record);
    if (cutover?.kind === 'ends') return this.#endBefore(cutover);
    if (cutover?.kind === 'looks') return this.#ports.looks.run(() => this.#look(ready));
    await this.#foldChunk(this.#part.plan(ready));
  }

  async #foldChunk(planned: PlannedChunk): Promise<void> {
    const { clock } = this.#ports;
    const startedAtMs = clock.elapsedMs();
    const { request, cacheHits } = planned.plan;
    const read = this.#part.needsRead(planned) ? await this.#read(request) : NOTHING_TO_READ;
    if (!this.#life.isAcquired) return;
    if (read === 'refused') return this.#refused();
    const readAtMs = clock.elapsedMs();
    const { policy } = this.#part.meta;
    const chunk = this.#part.fold(planned, read);
    const foldedAtMs = clock.elapsedMs();
    const { isQuiet } = this.#part.goAhead(chunk, foldedAtMs);
    if (chunk.meta.policy !== policy) this.#tellPolicy();
    // That there are no outputs up to here is true of the log, whoever has committed it.
    if (isQuiet) this.#relay.add([], this.#part.folded);
    this.#wiring.source.folded(chunk.meta.place, chunk.recordsDone);
    if (this.#part.uncommitted.dueAtMs <= foldedAtMs) {
      await this.#commit();
      if (!this.#life.isAcquired) return;
    }
    // What is not committed is nowhere else.
    if (this.#part.customers.changedCount === 0) this.#part.customers.evict();
    for (const error of chunk.poisoned) this.#observer.poisoned?.(this.#service, this.lane, error);
    this.#observer.committed?.(this.#service, this.lane, chunk, {
      readMs: read === NOTHING_TO_READ ? null : readAtMs - startedAtMs,
      foldMs: foldedAtMs - readAtMs,
      commitMs: this.#part.uncommitted.isEmpty ? clock.elapsedMs() - foldedAtMs : null,
      cacheHits,
      cacheMisses: request.customers.length,
    });
    if (chunk.fault !== null) await this.#stopFor(chunk.fault);
  }

  /** All that this version tells is told: it rests, with its last progress before the cutover. */
  async #endBefore({ version }: CutoverHere): Promise<void> {
    if (this.#endedBy === null) this.#observer.ended?.(this.#service, this.lane, version);
    await this.#commit();
    if (!this.#life.isAcquired) return;
    this.#endedBy = version;
    await this.#life.wait();
  }

  /** The chunks of a cutover to this version, one after the other: what was told before it stays in memory until they are done. */
  async #look(ready: readonly JoinedRecord[]): Promise<void> {
    const { source } = this.#wiring;
    if (!this.#life.isAtWork || (await this.#mark((ready[0] as JoinedRecord).record)) === null) return;
    for (let next = ready; next.length > 0 && this.#life.isAtWork; next = source.ready(this.#options.recordsMax)) {
      await this.#foldChunk(this.#part.plan(next));
      if (this.#part.told === null || source.hasGap) return;
      await this.#relay.room(this.#options.outboxMax);
    }
  }

  /** What was told before this version; null where the lane was given up meanwhile. */
  async #mark(record: TimelineRecord): Promise<ToldBefore | null> {
    const { meta, told } = this.#part;
    if (told !== null) return told;
    const { fold } = this.#wiring;
    const effectiveAt = Math.max(meta.streamTime, record.logTime) as TimeMs;
    const at = { timelineOffset: record.offset, effectiveAt };
    const found = await markTold({ ...this.#ports, fold, lane: this.lane }, forceOf(fold, meta.force), at);
    if (!this.#life.isAtWork) return null;
    this.#part.told = found;
    return found;
  }

  /** With the place at what cannot be read, so that whoever looks for it finds it there. */
  async #stopFor(fault: Fault): Promise<void> {
    await this.#commit();
    if (this.#life.isAcquired) throw fault;
  }

  /**
   * Reads customers of records that others have still to make ready, so that the wait for them and for the store is one.
   * False if there is nobody to read. What is in memory stays as the store has it: only this lane's commits change it.
   */
  async #readAhead(): Promise<boolean> {
    const customers = this.#part.missing(this.#wiring.source.coming(READ_AHEAD_MAX));
    if (customers.length === 0) return false;
    const request = { customers, due: null, scan: null };
    const read = await readPart(this.#ports.store, this.stateName, this.lane, this.#part.token, request);
    if (!this.#life.isAcquired) return true;
    if (read === 'refused') this.#refused();
    else this.#part.loadAhead(customers, read);
    return true;
  }

  /** What the store has, once it has all that came of what is folded. */
  async #read(request: ReadRequest): Promise<LaneRead | 'refused'> {
    if (this.#part.customers.changedCount > 0) await this.#commit();
    // An older state than the one in memory is of no use.
    if (!this.#life.isAcquired) return NOTHING_TO_READ;
    return readPart(this.#ports.store, this.stateName, this.lane, this.#part.token, request);
  }

  /** Waits for records; what is only in memory is committed when it has been there for a while. */
  #await(): Promise<void> {
    const { isEmpty, dueAtMs } = this.#part.uncommitted;
    if (isEmpty) return this.#life.wait();
    const waitMs = dueAtMs - this.#ports.clock.elapsedMs();
    return waitMs <= 0 ? this.#commit() : this.#life.wait(waitMs);
  }

  /** Commits what is folded, and hands its outputs to the relay. */
  async #commit(): Promise<void> {
    const { uncommitted, token } = this.#part;
    if (uncommitted.isEmpty) return;
    const pending = this.#part.takePending(this.#relay.acknowledged);
    const outcome = await commitPart(this.#ports.store, this.stateName, this.lane, token, pending.chunk);
    if (outcome === 'refused') return this.#refused();
    if (!this.#life.isAcquired) return;
    this.#part.committed(pending);
    this.#committedAtMs = this.#ports.clock.elapsedMs();
    this.#relay.add(uncommitted.outputs, this.#part.folded);
    uncommitted.clear();
  }

  #tellPolicy(): void {
    const { policy } = this.#part.meta;
    if (policy !== null) this.#observer.ruled?.(this.#service, this.lane, policy);
  }

  #refused(): void {
    this.#life.forget();
    this.#observer.refused?.(this.#service, this.lane);
  }
}
