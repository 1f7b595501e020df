import type { CustomerId, TimeMs } from '@tidemark/domain';
import { Fault, type FaultCode, OperatingError } from '../errors.ts';
import type { LaneFold } from '../folds/lane-fold.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventLog, Lane, LaneConsumer, LogRecord, Offset, Topic } from '../ports/event-log.ts';
import type { LaneRead, OutboxEntry, ProfileStore, ReadRequest } from '../ports/profile-store.ts';
import type { SharedWriter } from '../shared-writer.ts';
import { Signal } from '../signal.ts';
import type { LaneSource } from '../source/lane-source.ts';
import { nextTimelineOffset } from '../source/timeline-source.ts';
import type { PolicyInForce, TimelineReader } from '../timeline-record.ts';
import type { ToldTopic } from '../versions/find-version.ts';
import { checkLane } from './check-lane.ts';
import { type ChunkBounds, type ChunkInput, type FoldContext, type FoldedChunk, foldChunk } from './fold-chunk.ts';
import { LaneCustomers } from './lane-customers.ts';
import { initialMeta, type LaneMeta, type PolicyMeta, parseMeta, tokenOf } from './lane-meta.ts';
import type { LaneObserver } from './lane-observer.ts';
import { markTold, type ToldBefore } from './mark.ts';
import type { ProgressPace } from './progress-pace.ts';
import type { JoinedRecord } from './record-steps.ts';
import { type Folded, Relay } from './relay.ts';
import { type CutoverHere, cutoverAt, forceOf, isTelling } from './stand.ts';
import { LOOK_PHASE, type StepPhase } from './step-order.ts';

export interface LaneOptions {
  readonly chunk: ChunkBounds;
  /** Timeline records looked at for one chunk. */
  readonly recordsMax: number;
  readonly cacheCustomersMax: number;
  /** Outputs that may wait for the log before folding pauses. */
  readonly outboxMax: number;
  readonly retryMs: number;
  readonly mirrorMs: number;
  /**
   * Between two commits at least, while fewer than `recordsMax` records are ready: larger chunks cost less a record. For
   * a fold that nobody waits for; 0 folds what there is at once.
   */
  readonly lingerMs?: number;
  /**
   * Up to which offset a lane that is whole in memory commits several chunks at once, within the bounds of one: a customer
   * who changes in many of them is written once. For a fold that goes through the log again.
   */
  readonly defersTo?: ReadonlyMap<Lane, Offset>;
  /** A version after the first may begin where an earlier one has told changes: it folds beside it, up to a cutover. */
  readonly foldsBeside?: boolean;
}

export interface LanePorts {
  readonly log: EventLog;
  readonly store: ProfileStore;
  readonly clock: Clock;
  readonly writer: SharedWriter;
  readonly pace: ProgressPace;
}

export interface LaneWiring<Facet, Rules, Change> {
  readonly fold: LaneFold<Facet, Rules, Change>;
  readonly reader: TimelineReader;
  readonly timeline: Topic;
  readonly source: LaneSource;
  /** Topics other than the timeline that the source reads. */
  readonly inputs: readonly Topic[];
  /** How those are read. */
  readonly toldTopics?: ReadonlyMap<Topic, ToldTopic>;
}

/** What nobody is told of, a place or a state without a change to publish, is committed so long after at the latest. */
const QUIET_MS = 250;
/** A lane that may defer waits so long for more records. */
const IDLE_MS = 1_000;
/** Customers read before their records are ready. */
const READ_AHEAD_MAX = 100;
const NOTHING_TO_READ: LaneRead = { customers: [], due: [], scanned: [], firstTimer: null };
const NEVER = Number.POSITIVE_INFINITY;

/** How a lane is doing, for metrics and health. */
export interface LaneStatus {
  readonly lane: Lane;
  /** The next timeline offset to fold. */
  readonly next: Offset;
  readonly streamTime: TimeMs;
  readonly clock: 'event' | 'live' | null;
  /** False before the lane was acquired, and while the log or the store is away. */
  readonly isAcquired: boolean;
  readonly fault: FaultCode | null;
  /** Topics that the next record waits for. */
  readonly waitsFor: readonly Topic[];
  readonly outboxDepth: number;
  readonly outboxWaitingMs: number;
  /** Nothing is left to do for this version: behind this a later one tells. */
  readonly isEnded: boolean;
}

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
  #cacheHits = 0;
  #nap = new AbortController();
  #committedAtMs = Number.NEGATIVE_INFINITY;
  /** When what is only in memory, a place at the least, is to be committed. */
  #commitDueAtMs = NEVER;
  /** What came of it that is not committed, besides what the customers hold. */
  #outputs: OutboxEntry[] = [];
  #bytesAhead = 0;
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
    this.#commitDueAtMs = NEVER;
    this.#outputs = [];
    this.#bytesAhead = 0;
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
    const cutover = this.#cutoverIn(ready[0] as JoinedRecord);
    if (cutover?.kind === 'ends') return this.#endBefore(cutover);
    if (cutover?.kind === 'looks' && (await this.#mark(ready[0] as JoinedRecord)) === null) return;
    const records = this.#takeChunk(ready);
    const request = this.#requestFor(records);
    const startedAtMs = this.#ports.clock.elapsedMs();
    const read = this.#needsRead(request) ? await this.#read(request) : NOTHING_TO_READ;
    if (!this.#acquired) return;
    if (read === 'refused') return this.#refused();
    await this.#foldAndCommit(records, request, read, startedAtMs);
  }

  /** What the first record is to this version, where it is a cutover that was not folded before. */
  #cutoverIn({ record }: JoinedRecord): CutoverHere | null {
    const { origin } = record;
    if (record.type !== 'cutover' || (origin !== null && (this.#meta.origins[origin.topic] ?? -1) >= origin.offset)) {
      return null;
    }
    return this.#cutoverAt(record);
  }

  /** What is wrong with the record the fold finds, too, and stops there with what came before it committed. */
  #cutoverAt(record: JoinedRecord['record']): CutoverHere | null {
    try {
      return cutoverAt(this.#wiring.fold, this.#meta.force, record, this.#wiring.reader);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      return null;
    }
  }

  /** All that this version tells is told: it rests, with its last progress before the cutover. */
  async #endBefore({ version }: CutoverHere): Promise<void> {
    if (!this.#isEnded) this.#observer.ended?.(this.#service, this.lane, version);
    this.#isEnded = true;
    await this.#commit();
    if (this.#acquired) await this.#arrived.wait();
  }

  /** What was told before this version; null where the lane was given up meanwhile. */
  async #mark({ record }: JoinedRecord): Promise<ToldBefore | null> {
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

  /**
   * With every customer asked for in memory and no timer due a read could only say that another owner was first: so will
   * the commit.
   */
  #needsRead({ customers, due, scan }: ReadRequest): boolean {
    return customers.length > 0 || scan !== null || (due !== null && this.#timersFrom <= due.until);
  }

  /** Waits for records; what is only in memory is committed when it has been there for a while. */
  #await(): Promise<void> {
    if (!this.#isAhead) return this.#arrived.wait();
    const waitMs = this.#commitDueAtMs - this.#ports.clock.elapsedMs();
    if (waitMs <= 0) return this.#commit();
    this.#arrived.raiseAfter(() => this.#ports.clock.sleep(waitMs, this.#abort.signal));
    return this.#arrived.wait();
  }

  /** Commits what is folded, and hands its outputs to the relay. */
  async #commit(): Promise<void> {
    if (!this.#isAhead) return;
    const meta: LaneMeta = { ...this.#meta, inputs: this.#wiring.source.hints(this.#meta.place) };
    const token = tokenOf(meta);
    const trimThrough = this.#relay.acknowledged;
    const facets = this.#customers.takeWrites();
    const outcome = await this.#ports.store.commit(this.stateName, this.lane, this.#token, {
      token,
      meta: JSON.stringify(meta),
      facets,
      // What was in the log before this lane lost its state need not wait for the log again.
      outbox: this.#outputs.filter(({ sequence }) => sequence > trimThrough),
      trimThrough,
    });
    if (outcome === 'refused') return this.#refused();
    if (!this.#acquired) return;
    this.#meta = meta;
    this.#settled = meta;
    this.#token = token;
    this.#commitDueAtMs = NEVER;
    this.#bytesAhead = 0;
    this.#committedAtMs = this.#ports.clock.elapsedMs();
    this.#relay.add(this.#outputs, this.#foldedOf(meta));
    this.#outputs = [];
  }

  /** Waits for more records, no longer than until the lane's input is full. */
  #linger(ms: number): Promise<void> {
    this.#nap = new AbortController();
    return this.#ports.clock.sleep(ms, AbortSignal.any([this.#nap.signal, this.#abort.signal]));
  }

  async #foldAndCommit(
    records: readonly JoinedRecord[],
    request: ReadRequest,
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
    if (this.#commitDueAtMs <= foldedAtMs) {
      await this.#commit();
      if (!this.#acquired) return;
    }
    // What is not committed is nowhere else.
    if (this.#customers.changedCount === 0) this.#customers.evict();
    for (const error of chunk.poisoned) this.#observer.poisoned?.(this.#service, this.lane, error);
    this.#observer.committed?.(this.#service, this.lane, chunk, {
      readMs: read === NOTHING_TO_READ ? null : readAtMs - startedAtMs,
      foldMs: foldedAtMs - readAtMs,
      commitMs: this.#isAhead ? null : clock.elapsedMs() - foldedAtMs,
      cacheHits: this.#cacheHits,
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
    for (const output of outputs) this.#outputs.push(output);
    this.#bytesAhead += bytes;
    const isQuiet = this.#outputs.length === 0 && !isRuled;
    const isUnchanged = isQuiet && this.#customers.changedCount === 0;
    if (isUnchanged) this.#settled = meta;
    // That there are no outputs up to here is true of the log, whoever has committed it.
    if (isQuiet) this.#relay.add([], this.#foldedOf(meta));
    if (isRuled || !this.#isWithinBounds) this.#commitDueAtMs = nowMs;
    else if (this.#defers) this.#commitDueAtMs = nowMs + IDLE_MS;
    else if (!isQuiet || (this.#lingers && !isUnchanged)) this.#commitDueAtMs = nowMs;
    else this.#commitDueAtMs = Math.min(this.#commitDueAtMs, nowMs + QUIET_MS);
  }

  #tellPolicy(): void {
    if (this.#meta.policy !== null) this.#observer.ruled?.(this.#service, this.lane, this.#meta.policy);
  }

  /** Whether the place in memory is beyond the committed one. */
  get #isAhead(): boolean {
    return this.#commitDueAtMs !== NEVER;
  }

  get #isWithinBounds(): boolean {
    const { chunk, outboxMax } = this.#options;
    const isWithin = this.#customers.changedCount < chunk.customersMax && this.#bytesAhead < chunk.bytesMax;
    return isWithin && this.#outputs.length < outboxMax;
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

  /** The ready records that fit a chunk; what concerns every customer, a policy or a cutover, gets one of its own. */
  #takeChunk(ready: readonly JoinedRecord[]): readonly JoinedRecord[] {
    const { customersMax, bytesMax } = this.#options.chunk;
    let customers = 0;
    let bytes = 0;
    for (const [count, { record, changes }] of ready.entries()) {
      if (record.type === 'policy' || record.type === 'cutover') return ready.slice(0, Math.max(count, 1));
      customers += changes.length + (this.#wiring.fold.wants(record) ? 1 : 0);
      bytes += record.source.value?.length ?? 0;
      if (count > 0 && (customers > customersMax || bytes > bytesMax)) return ready.slice(0, count);
    }
    return ready;
  }

  #requestFor(records: readonly JoinedRecord[]): ReadRequest {
    const { fold } = this.#wiring;
    const customers = new Set<CustomerId>();
    this.#cacheHits = 0;
    let streamTime = this.#meta.streamTime;
    for (const { record, changes } of records) {
      if (record.logTime > streamTime) streamTime = record.logTime;
      if (record.customerId !== null && fold.wants(record)) this.#wantLoaded(record.customerId, customers);
      for (const change of changes) this.#wantLoaded(change.customerId, customers);
    }
    const limit = this.#options.chunk.customersMax;
    const phase = this.#wavePhase(records[0]);
    return {
      customers: [...customers],
      due: this.#customers.isWhole ? null : { until: streamTime, limit },
      scan: phase === null ? null : { after: this.#scannedThrough(streamTime, phase), limit },
    };
  }

  /** Of the steps of every customer, where the record has them. */
  #wavePhase(first: JoinedRecord | undefined): StepPhase | null {
    if (first?.record.type === 'policy') return this.#wiring.fold.recordPhase;
    return this.#told === null ? null : LOOK_PHASE;
  }

  #wantLoaded(customerId: CustomerId, customers: Set<CustomerId>): void {
    if (this.#customers.isWhole || this.#customers.has(customerId)) this.#cacheHits++;
    else customers.add(customerId);
  }

  /** The last customer of a wave that is part-way. */
  #scannedThrough(streamTime: TimeMs, phase: StepPhase): CustomerId | null {
    const { cursor } = this.#meta.place;
    const inWave = cursor !== null && cursor.at === streamTime && cursor.phase === phase;
    return inWave ? cursor.customerId : null;
  }

  #foldedOf(meta: LaneMeta): Folded {
    const through = nextTimelineOffset(meta) - 1;
    return { through, number: meta.number, isTelling: isTelling(this.#wiring.fold, meta.force) };
  }
}

/** Before when no timer in the store is due, after a read: what the chunk may have left due is read again. */
function timersFrom(before: number, { due }: ReadRequest, read: LaneRead): number {
  if (read === NOTHING_TO_READ) return before;
  return due === null || read.due.length > 0 ? 0 : (read.firstTimer ?? NEVER);
}

function readPolicy({ number, document, format = 1 }: PolicyMeta, reader: TimelineReader): PolicyInForce {
  return { number, document, format, policy: reader.policyOf(document, format) };
}
