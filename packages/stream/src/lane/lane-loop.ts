import type { TimeMs } from '@tidemark/domain';
import { Fault, OperatingError } from '../errors.ts';
import type { Lane, LaneConsumer, LogRecord, Topic } from '../ports/event-log.ts';
import type { LaneRead, ReadRequest } from '../ports/profile-store.ts';
import { Signal } from '../signal.ts';
import { nextTimelineOffset } from '../source/timeline-source.ts';
import type { PolicyInForce, TimelineReader, TimelineRecord } from '../timeline-record.ts';
import { checkLane } from './check-lane.ts';
import { type ChunkInput, type FoldContext, type FoldedChunk, foldChunk } from './fold-chunk.ts';
import { LaneCustomers } from './lane-customers.ts';
import { initialMeta, type LaneMeta, type PolicyMeta, parseMeta, tokenOf } from './lane-meta.ts';
import type { LaneObserver } from './lane-observer.ts';
import type { LaneOptions, LanePorts, LaneStatus, LaneWiring } from './lane-ports.ts';
import { markTold, type ToldBefore } from './mark.ts';
import { NOTHING_TO_READ, needsRead, planRead, type ReadPlan, takeChunk, timersFrom } from './plan-chunk.ts';
import type { JoinedRecord } from './record-steps.ts';
import { type Folded, Relay } from './relay.ts';
import { type CutoverHere, forceOf, isTelling, newCutover } from './stand.ts';
import { Uncommitted } from './uncommitted.ts';

/** Customers read before their records are ready. */
const READ_AHEAD_MAX = 100;

/**
 * Folds one lane: acquire, then chunk after chunk (read, fold, commit, relay), until it is stopped, faults, or another
 * owner commits first; then it acquires again. No fencing: what two owners commit from one place is the same.
 */
export class LaneLoop<Facet, Rules, Change> {
  readonly lane: Lane;
  readonly #wiring: LaneWiring<Facet, Rules, Change>;
  readonly #ports: LanePorts;
  readonly #options: LaneOptions;
  readonly #observer: LaneObserver;
  readonly #relay: Relay;
  readonly #customers: LaneCustomers<Facet>;
  readonly #arrived = new Signal();
  readonly #abort = new AbortController();
  #consumer: LaneConsumer;
  #meta: LaneMeta;
  /** The newest meta before which nothing is left to commit but the place. */
  #settled: LaneMeta;
  #token: string | null = null;
  #rules: Rules | null = null;
  #nap = new AbortController();
  #committedAtMs = Number.NEGATIVE_INFINITY;
  readonly #uncommitted = new Uncommitted();
  /** No timer in the store is due before; 0: not known, or asked for. */
  #timersFrom = 0;
  /** What was told before this version, while it looks at its cutover. */
  #told: ToldBefore | null = null;
  #isEnded = false;
  #acquired = false;
  #fault: Fault | null = null;
  #running: Promise<void> = Promise.resolve();

  constructor(
    lane: Lane,
    consumer: LaneConsumer,
    wiring: LaneWiring<Facet, Rules, Change>,
    ports: LanePorts,
    options: LaneOptions,
    observer: LaneObserver,
  ) {
    const { fold } = wiring;
    this.lane = lane;
    this.#consumer = consumer;
    this.#wiring = wiring;
    this.#ports = ports;
    this.#options = options;
    this.#observer = observer;
    this.#customers = new LaneCustomers(options.cacheCustomersMax, (facet) => fold.labelOf(facet));
    this.#meta = initialMeta(fold.version);
    this.#settled = this.#meta;
    this.#relay = new Relay(
      {
        lane,
        timeline: wiring.timeline,
        changeTopic: fold.changeTopic,
        foldVersion: fold.version,
        progress: fold.tellsProgress ? (offset, number) => fold.encodeProgress(offset, number) : null,
        retryMs: options.retryMs,
        mirrorMs: options.mirrorMs,
        pace: ports.pace,
        onSent: (outputs) => observer.published?.(fold.service, lane, outputs),
        onRetry: (error) => observer.retried?.(fold.service, lane, error),
        onFailure: (error) => this.#end(error),
      },
      ports.writer,
      ports.clock,
    );
  }

  get fault(): Fault | null {
    return this.#fault;
  }

  /** The lane's place and times; nothing came of records that are folded and not yet committed. */
  get meta(): LaneMeta {
    return this.#settled;
  }

  /** Topics that the lane's next record waits for. */
  get waitsFor(): readonly Topic[] {
    return this.#acquired ? this.#wiring.source.waitsFor() : [];
  }

  get status(): LaneStatus {
    return {
      lane: this.lane,
      next: nextTimelineOffset(this.#settled),
      streamTime: this.#settled.streamTime,
      clock: this.#settled.clock,
      isAcquired: this.#acquired,
      fault: this.#fault?.code ?? null,
      waitsFor: this.waitsFor,
      outboxDepth: this.#relay.depth,
      outboxWaitingMs: this.#relay.waitingMs,
      isEnded: this.#isEnded,
    };
  }

  start(): void {
    this.#running = this.#run();
  }

  /** A re-join forgot the positions: the lane has to be acquired again. */
  reassign(consumer: LaneConsumer): void {
    this.#consumer = consumer;
    this.#acquired = false;
    this.#arrived.raise();
  }

  push(topic: Topic, records: readonly LogRecord[]): void {
    if (!this.#acquired) return;
    try {
      const { source } = this.#wiring;
      if (source.push(topic, records)) this.#arrived.raise();
      if (source.isFull) this.#nap.abort();
    } catch (error) {
      this.#acquired = false;
      this.#end(error);
    }
  }

  block(topic: Topic, fault: Fault): void {
    if (!this.#acquired) return;
    this.#wiring.source.block(topic, fault);
    this.#arrived.raise();
  }

  /** Ends after the chunk under way and what it has to relay. */
  async stop(): Promise<void> {
    this.#abort.abort();
    this.#arrived.raise();
    this.#relay.drain();
    await this.#running;
    if (this.#acquired && this.#fault === null)
      await this.#commit().catch((error: unknown) => {
        if (!this.#passes(error)) this.#end(error);
      });
    await this.#relay.stop(true);
  }

  /** Ends without waiting: the lane has another owner. */
  abandon(): void {
    this.#abort.abort();
    this.#arrived.raise();
    this.#relay.abandon();
  }

  get #stopping(): boolean {
    return this.#abort.signal.aborted;
  }

  async #run(): Promise<void> {
    while (!this.#stopping && this.#fault === null) {
      try {
        await this.#relay.stop(false);
        await this.#acquire();
        while (this.#acquired && !this.#stopping) await this.#foldNext();
      } catch (error) {
        this.#acquired = false;
        if (!this.#passes(error)) return this.#end(error);
        await this.#ports.clock.sleep(this.#options.retryMs, this.#abort.signal);
      }
    }
  }

  /** Tells of an error that passes by itself. */
  #passes(error: unknown): boolean {
    if (!(error instanceof OperatingError && error.retriable)) return false;
    this.#observer.retried?.(this.#service, this.lane, error);
    return true;
  }

  #end(error: unknown): void {
    // Whoever gave the lane up may have closed log and store since.
    if (this.#stopping && error instanceof OperatingError) return;
    this.#abort.abort();
    this.#arrived.raise();
    this.#relay.abandon();
    if (error instanceof Fault) {
      this.#fault = error;
      this.#observer.faulted?.(this.#service, this.lane, error);
    } else {
      this.#observer.crashed?.(this.#service, this.lane, error);
    }
  }

  get #service(): string {
    return this.#wiring.fold.service;
  }

  /** What the state of the fold's version is called. */
  get stateName(): string {
    return this.#wiring.fold.stateName;
  }

  get #where(): string {
    return `${this.#service}, lane ${this.lane}`;
  }

  /** Takes up the lane where the store says it is, after checking that log, store and mirror agree. */
  async #acquire(): Promise<void> {
    const { store } = this.#ports;
    const { fold, reader, source } = this.#wiring;
    const snapshot = await store.acquire(this.stateName, this.lane);
    this.#customers.forget(snapshot === null);
    const meta = snapshot === null ? initialMeta(fold.version) : parseMeta(snapshot.meta, this.#where);
    const committed = (await this.#consumer.committed(this.lane)).get(this.#wiring.timeline);
    const { foldsBeside = false } = this.#options;
    const checked = { ...this.#wiring, lane: this.lane, log: this.#ports.log, foldsBeside };
    const { frontier, places } = await checkLane(checked, meta, snapshot === null, committed);
    // Whoever has the lane now may share the consumer: its positions are no longer this worker's to set.
    if (this.#stopping) return;
    this.#meta = meta;
    this.#settled = meta;
    this.#uncommitted.clear();
    this.#timersFrom = 0;
    this.#told = null;
    this.#isEnded = false;
    this.#token = snapshot?.token ?? null;
    this.#rules = meta.policy === null ? null : fold.rulesOf(readPolicy(meta.policy, reader));
    const outbox = snapshot?.outbox ?? [];
    const sent = (outbox[0]?.sequence ?? meta.sequence + 1) - 1;
    this.#acquired = true;
    source.place(this.#consumer, meta, places);
    this.#relay.start(this.#consumer, outbox, Math.max(frontier, sent), this.#foldedOf(meta));
    this.#observer.acquired?.(this.#service, this.lane, meta.place.offset);
    this.#tellPolicy();
  }

  /** One chunk: read, fold, commit, hand over to the relay. */
  async #foldNext(): Promise<void> {
    const { source } = this.#wiring;
    if (source.hasGap) {
      this.#acquired = false;
      return;
    }
    const { recordsMax, lingerMs = 0 } = this.#options;
    const ready = source.ready(recordsMax);
    if (ready.length === 0 && source.fault !== null) return this.#stopFor(source.fault);
    if (ready.length === 0) return (await this.#readAhead()) ? undefined : this.#await();
    const lingersMs = this.#committedAtMs + lingerMs - this.#ports.clock.elapsedMs();
    if (lingersMs > 0 && ready.length < recordsMax && !source.isFull) return this.#linger(lingersMs);
    await this.#relay.room(this.#options.outboxMax);
    if (!this.#acquired || this.#stopping) return;
    const { record } = ready[0] as JoinedRecord;
    const cutover = newCutover(this.#wiring, this.#meta, record);
    if (cutover?.kind === 'ends') return this.#endBefore(cutover);
    if (cutover?.kind === 'looks' && (await this.#mark(record)) === null) return;
    const { fold } = this.#wiring;
    const { chunk } = this.#options;
    const records = takeChunk(ready, fold, chunk);
    const plan = planRead(records, fold, this.#meta, this.#customers, chunk, this.#told !== null);
    const startedAtMs = this.#ports.clock.elapsedMs();
    const read = needsRead(plan.request, this.#timersFrom) ? await this.#read(plan.request) : NOTHING_TO_READ;
    if (!this.#acquired) return;
    if (read === 'refused') return this.#refused();
    await this.#foldAndCommit(records, plan, read, startedAtMs);
  }

  /** All that this version tells is told: it rests, with its last progress before the cutover. */
  async #endBefore({ version }: CutoverHere): Promise<void> {
    if (!this.#isEnded) this.#observer.ended?.(this.#service, this.lane, version);
    this.#isEnded = true;
    await this.#commit();
    if (this.#acquired) await this.#arrived.wait();
  }

  /** What was told before this version; null where the lane was given up meanwhile. */
  async #mark(record: TimelineRecord): Promise<ToldBefore | null> {
    if (this.#told === null) {
      const { fold } = this.#wiring;
      const effectiveAt = Math.max(this.#meta.streamTime, record.logTime) as TimeMs;
      const at = { timelineOffset: record.offset, effectiveAt };
      const told = await markTold({ ...this.#ports, fold, lane: this.lane }, forceOf(fold, this.#meta.force), at);
      if (!this.#acquired || this.#stopping) return null;
      this.#told = told;
    }
    return this.#told;
  }

  /** With the place at what cannot be read, so that whoever looks for it finds it there. */
  async #stopFor(fault: Fault): Promise<void> {
    await this.#commit();
    if (this.#acquired) throw fault;
  }

  /**
   * Reads customers of records that others have still to make ready, so that the wait for them and for the store is one.
   * False if there is nobody to read. What is in memory stays as the store has it: only this lane's commits change it.
   */
  async #readAhead(): Promise<boolean> {
    if (this.#customers.isWhole) return false;
    const coming = this.#wiring.source.coming(READ_AHEAD_MAX);
    const customers = [...coming].filter((customerId) => !this.#customers.has(customerId));
    if (customers.length === 0) return false;
    const read = await this.#ports.store.read(this.stateName, this.lane, this.#token, {
      customers,
      due: null,
      scan: null,
    });
    if (!this.#acquired) return true;
    if (read === 'refused') this.#refused();
    else this.#customers.loadAll(customers, read.customers, this.#where);
    return true;
  }

  /** What the store has, once it has all that came of what is folded. */
  async #read(request: ReadRequest): Promise<LaneRead | 'refused'> {
    if (this.#customers.changedCount > 0) await this.#commit();
    // An older state than the one in memory is of no use.
    if (!this.#acquired) return NOTHING_TO_READ;
    return this.#ports.store.read(this.stateName, this.lane, this.#token, request);
  }

  /** Waits for records; what is only in memory is committed when it has been there for a while. */
  #await(): Promise<void> {
    if (this.#uncommitted.isEmpty) return this.#arrived.wait();
    const waitMs = this.#uncommitted.dueAtMs - this.#ports.clock.elapsedMs();
    if (waitMs <= 0) return this.#commit();
    this.#arrived.raiseAfter(() => this.#ports.clock.sleep(waitMs, this.#abort.signal));
    return this.#arrived.wait();
  }

  /** Commits what is folded, and hands its outputs to the relay. */
  async #commit(): Promise<void> {
    if (this.#uncommitted.isEmpty) return;
    const meta: LaneMeta = { ...this.#meta, inputs: this.#wiring.source.hints(this.#meta.place) };
    const token = tokenOf(meta);
    const trimThrough = this.#relay.acknowledged;
    const facets = this.#customers.takeWrites();
    const outcome = await this.#ports.store.commit(this.stateName, this.lane, this.#token, {
      token,
      meta: JSON.stringify(meta),
      facets,
      // What was in the log before this lane lost its state need not wait for the log again.
      outbox: this.#uncommitted.outputs.filter(({ sequence }) => sequence > trimThrough),
      trimThrough,
    });
    if (outcome === 'refused') return this.#refused();
    if (!this.#acquired) return;
    this.#meta = meta;
    this.#settled = meta;
    this.#token = token;
    this.#committedAtMs = this.#ports.clock.elapsedMs();
    this.#relay.add(this.#uncommitted.outputs, this.#foldedOf(meta));
    this.#uncommitted.clear();
  }

  /** Waits for more records, no longer than until the lane's input is full. */
  #linger(ms: number): Promise<void> {
    this.#nap = new AbortController();
    return this.#ports.clock.sleep(ms, AbortSignal.any([this.#nap.signal, this.#abort.signal]));
  }

  async #foldAndCommit(
    records: readonly JoinedRecord[],
    { request, cacheHits }: ReadPlan,
    read: LaneRead,
    startedAtMs: number,
  ): Promise<void> {
    const { fold, reader, source } = this.#wiring;
    const { clock } = this.#ports;
    const readAtMs = clock.elapsedMs();
    for (const stored of [read.customers, read.due, read.scanned]) this.#customers.load(stored, this.#where);
    const context: FoldContext<Facet, Rules, Change> = {
      lane: this.lane,
      fold,
      reader,
      customers: this.#customers,
      bounds: this.#options.chunk,
      foldsBeside: this.#options.foldsBeside ?? false,
      rules: this.#rules,
    };
    const input: ChunkInput = {
      records,
      read,
      dueComplete: request.due === null || read.due.length < request.due.limit,
      scanComplete: request.scan === null || read.scanned.length < request.scan.limit,
      told: this.#told,
    };
    const chunk = foldChunk(context, this.#meta, input);
    const foldedAtMs = clock.elapsedMs();
    this.#goAhead(chunk, foldedAtMs);
    this.#timersFrom = Math.min(timersFrom(this.#timersFrom, request, read), this.#customers.firstTimerSet);
    this.#rules = context.rules;
    source.folded(this.#meta.place, chunk.recordsDone);
    if (chunk.recordsDone > 0) this.#told = null;
    if (this.#uncommitted.dueAtMs <= foldedAtMs) {
      await this.#commit();
      if (!this.#acquired) return;
    }
    // What is not committed is nowhere else.
    if (this.#customers.changedCount === 0) this.#customers.evict();
    for (const error of chunk.poisoned) this.#observer.poisoned?.(this.#service, this.lane, error);
    this.#observer.committed?.(this.#service, this.lane, chunk, {
      readMs: read === NOTHING_TO_READ ? null : readAtMs - startedAtMs,
      foldMs: foldedAtMs - readAtMs,
      commitMs: this.#uncommitted.isEmpty ? clock.elapsedMs() - foldedAtMs : null,
      cacheHits,
      cacheMisses: request.customers.length,
    });
    if (chunk.fault !== null) await this.#stopFor(chunk.fault);
  }

  /** Takes up in memory what was folded, and decides when it is to be committed. */
  #goAhead({ meta, outputs, bytes }: FoldedChunk, nowMs: number): void {
    const isPolicyNew = meta.policy !== this.#meta.policy;
    const isRuled = isPolicyNew || meta.force !== this.#meta.force;
    this.#meta = meta;
    if (isPolicyNew) this.#tellPolicy();
    this.#uncommitted.add(outputs, bytes);
    const isQuiet = this.#uncommitted.outputs.length === 0 && !isRuled;
    const isUnchanged = isQuiet && this.#customers.changedCount === 0;
    if (isUnchanged) this.#settled = meta;
    // That there are no outputs up to here is true of the log, whoever has committed it.
    if (isQuiet) this.#relay.add([], this.#foldedOf(meta));
    const mayWait = !isRuled && this.#isWithinBounds;
    const isAwaited = !isQuiet || (this.#lingers && !isUnchanged);
    this.#uncommitted.wait(mayWait && this.#defers ? 'deferred' : mayWait && !isAwaited ? 'quiet' : 'now', nowMs);
  }

  #tellPolicy(): void {
    if (this.#meta.policy !== null) this.#observer.ruled?.(this.#service, this.lane, this.#meta.policy);
  }

  get #isWithinBounds(): boolean {
    const { chunk, outboxMax } = this.#options;
    const isWithin = this.#customers.changedCount < chunk.customersMax && this.#uncommitted.bytes < chunk.bytesMax;
    return isWithin && this.#uncommitted.outputs.length < outboxMax;
  }

  get #defers(): boolean {
    const until = this.#options.defersTo?.get(this.lane) ?? 0;
    return nextTimelineOffset(this.#meta) < until && this.#customers.isWhole;
  }

  get #lingers(): boolean {
    return (this.#options.lingerMs ?? 0) > 0;
  }

  #refused(): void {
    this.#acquired = false;
    this.#observer.refused?.(this.#service, this.lane);
  }

  #foldedOf(meta: LaneMeta): Folded {
    const through = nextTimelineOffset(meta) - 1;
    return { through, number: meta.number, isTelling: isTelling(this.#wiring.fold, meta.force) };
  }
}

function readPolicy({ number, document, format = 1 }: PolicyMeta, reader: TimelineReader): PolicyInForce {
  return { number, document, format, policy: reader.policyOf(document, format) };
}
