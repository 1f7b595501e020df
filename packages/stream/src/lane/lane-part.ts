import type { CustomerId } from '@tidemark/domain';
import type { Chunk, LaneRead } from '../ports/profile-store.ts';
import { nextTimelineOffset } from '../source/timeline-source.ts';
import type { PolicyInForce, TimelineReader } from '../timeline-record.ts';
import type { ChunkInput, FoldContext, FoldedChunk } from './chunk.ts';
import { foldChunk } from './fold-chunk.ts';
import { LaneCustomers } from './lane-customers.ts';
import { initialMeta, type LaneMeta, type PolicyMeta, tokenOf } from './lane-meta.ts';
import type { LaneOptions, LaneStatus, LaneWiring } from './lane-ports.ts';
import type { ToldBefore } from './mark.ts';
import { needsRead, planRead, type ReadPlan, takeChunk, timersFrom } from './plan-chunk.ts';
import type { JoinedRecord } from './record-steps.ts';
import type { Folded } from './relay.ts';
import { isTelling } from './stand.ts';
import { Uncommitted } from './uncommitted.ts';

type PartWiring<Facet, Rules, Change> = Pick<LaneWiring<Facet, Rules, Change>, 'fold' | 'reader' | 'source'>;

/** A lane's next chunk, and what it needs of the store. */
export interface PlannedChunk {
  readonly records: readonly JoinedRecord[];
  readonly plan: ReadPlan;
}

/** What a commit is to write, and the meta that the lane has after it. */
export interface PendingCommit {
  readonly meta: LaneMeta;
  readonly chunk: Chunk;
}

/**
 * What one fold knows of its lane between the log and the store: the state as committed, and what was folded since. Pure
 * but for its own memory; whoever runs the lane reads, commits and sends.
 */
export class LanePart<Facet, Rules, Change> {
  readonly customers: LaneCustomers<Facet>;
  readonly uncommitted = new Uncommitted();
  /** At the cutover to the fold's version: what was told before it. */
  told: ToldBefore | null = null;
  readonly #wiring: PartWiring<Facet, Rules, Change>;
  readonly #options: LaneOptions;
  readonly #where: string;
  readonly #lane: number;
  #meta: LaneMeta;
  /** The newest meta before which nothing is left to commit but the place. */
  #settled: LaneMeta;
  #token: string | null = null;
  #rules: Rules | null = null;
  /** No timer in the store is due before; 0: not known, or asked for. */
  #timersFrom = 0;

  constructor(lane: number, wiring: PartWiring<Facet, Rules, Change>, options: LaneOptions) {
    const { fold } = wiring;
    this.#lane = lane;
    this.#wiring = wiring;
    this.#options = options;
    this.#where = `${fold.service}, lane ${lane}`;
    this.customers = new LaneCustomers(options.cacheCustomersMax, (facet) => fold.labelOf(facet));
    this.#meta = initialMeta(fold.version);
    this.#settled = this.#meta;
  }

  get meta(): LaneMeta {
    return this.#meta;
  }

  /** The lane's place and times; nothing came of records that are folded and not yet committed. */
  get settled(): LaneMeta {
    return this.#settled;
  }

  /** How it stands, as of what is committed. */
  get status(): Pick<LaneStatus, 'next' | 'streamTime' | 'clock' | 'isBeside'> {
    const { streamTime, clock, policy, force } = this.#settled;
    const isBeside = policy !== null && !isTelling(this.#wiring.fold, force);
    return { next: nextTimelineOffset(this.#settled), streamTime, clock, isBeside };
  }

  get token(): string | null {
    return this.#token;
  }

  /** How far it has folded, for the relay. */
  get folded(): Folded {
    const { number, force } = this.#meta;
    const through = nextTimelineOffset(this.#meta) - 1;
    return { through, number, isTelling: isTelling(this.#wiring.fold, force) };
  }

  /** Begins where the store says the lane is. */
  begin(meta: LaneMeta, token: string | null): void {
    const { fold, reader } = this.#wiring;
    this.#meta = meta;
    this.#settled = meta;
    this.#token = token;
    this.customers.forget(token === null);
    this.#rules = meta.policy === null ? null : fold.rulesOf(readPolicy(meta.policy, reader));
    this.#timersFrom = 0;
    this.told = null;
    this.uncommitted.clear();
  }

  plan(ready: readonly JoinedRecord[]): PlannedChunk {
    const { fold } = this.#wiring;
    const { chunk } = this.#options;
    const records = takeChunk(ready, fold, chunk);
    return { records, plan: planRead(records, fold, this.#meta, this.customers, chunk, this.told !== null) };
  }

  /** Of these customers whom the store has to be asked for. */
  missing(coming: ReadonlySet<CustomerId>): readonly CustomerId[] {
    return this.customers.isWhole ? [] : [...coming].filter((customerId) => !this.customers.has(customerId));
  }

  /** Takes what the store has of all of `asked`, ahead of the chunk that needs them. */
  loadAhead(asked: readonly CustomerId[], { customers }: LaneRead): void {
    this.customers.loadAll(asked, customers, this.#where);
  }

  needsRead({ plan }: PlannedChunk): boolean {
    return needsRead(plan.request, this.#timersFrom);
  }

  fold({ records, plan: { request } }: PlannedChunk, read: LaneRead): FoldedChunk {
    const { fold, reader } = this.#wiring;
    const { chunk: bounds } = this.#options;
    const { customers } = this;
    for (const stored of [read.customers, read.due, read.scanned]) customers.load(stored, this.#where);
    const rules = this.#rules;
    const context: FoldContext<Facet, Rules, Change> = {
      lane: this.#lane,
      fold,
      reader,
      customers,
      bounds,
      rules,
    };
    const input: ChunkInput = {
      records,
      read,
      dueComplete: request.due === null || read.due.length < request.due.limit,
      scanComplete: request.scan === null || read.scanned.length < request.scan.limit,
      told: this.told,
    };
    const chunk = foldChunk(context, this.#meta, input);
    this.#rules = context.rules;
    this.#timersFrom = Math.min(timersFrom(this.#timersFrom, request, read), customers.firstTimerSet);
    if (chunk.recordsDone > 0) this.told = null;
    return chunk;
  }

  /**
   * Takes up in memory what was folded, and decides when it is to be committed.
   *
   * @returns whether nothing came of it that others wait for
   */
  goAhead({ meta, outputs, bytes }: FoldedChunk, nowMs: number): { readonly isQuiet: boolean } {
    const isRuled = meta.policy !== this.#meta.policy || meta.force !== this.#meta.force;
    this.#meta = meta;
    this.uncommitted.add(outputs, bytes);
    const isQuiet = this.uncommitted.outputs.length === 0 && !isRuled;
    const isUnchanged = isQuiet && this.customers.changedCount === 0;
    if (isUnchanged) this.#settled = meta;
    const mayWait = !isRuled && this.#isWithinBounds;
    const isAwaited = !isQuiet || (this.#lingers && !isUnchanged);
    this.uncommitted.wait(mayWait && this.#defers ? 'deferred' : mayWait && !isAwaited ? 'quiet' : 'now', nowMs);
    return { isQuiet };
  }

  /**
   * All that is folded and not committed, coalesced by customer; the next chunk starts with it.
   *
   * @param acknowledged the sequence up to which outputs are in the log
   */
  takePending(acknowledged: number): PendingCommit {
    const meta: LaneMeta = { ...this.#meta, inputs: this.#wiring.source.hints(this.#meta.place) };
    const chunk: Chunk = {
      token: tokenOf(meta),
      meta: JSON.stringify(meta),
      facets: this.customers.takeWrites(),
      // What was in the log before this lane lost its state need not wait for the log again.
      outbox: this.uncommitted.outputs.filter(({ sequence }) => sequence > acknowledged),
      trimThrough: acknowledged,
    };
    return { meta, chunk };
  }

  /** The store has it; what came of it may be sent once this was called, and `uncommitted` be cleared. */
  committed({ meta, chunk: { token } }: PendingCommit): void {
    this.#meta = meta;
    this.#settled = meta;
    this.#token = token;
  }

  get #isWithinBounds(): boolean {
    const { chunk, outboxMax } = this.#options;
    const isWithin = this.customers.changedCount < chunk.customersMax && this.uncommitted.bytes < chunk.bytesMax;
    return isWithin && this.uncommitted.outputs.length < outboxMax;
  }

  get #defers(): boolean {
    const until = this.#options.defersTo?.get(this.#lane) ?? 0;
    return nextTimelineOffset(this.#meta) < until && this.customers.isWhole;
  }

  get #lingers(): boolean {
    return (this.#options.lingerMs ?? 0) > 0;
  }
}

function readPolicy({ number, document, format = 1 }: PolicyMeta, reader: TimelineReader): PolicyInForce {
  return { number, document, format, policy: reader.policyOf(document, format) };
}
