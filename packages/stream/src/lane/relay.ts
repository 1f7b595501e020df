import { endOfSend } from '../end-of-send.ts';
import { OperatingError } from '../errors.ts';
import type { Encoded } from '../folds/lane-fold.ts';
import { type Clock, untilBeat } from '../ports/clock.ts';
import type { Committed, Lane, LaneConsumer, NewRecord, Offset, Topic } from '../ports/event-log.ts';
import type { OutboxEntry } from '../ports/profile-store.ts';
import type { SharedWriter } from '../shared-writer.ts';
import { Signal } from '../signal.ts';
import type { LaneObserver } from './lane-observer.ts';
import type { LaneOptions, LanePorts, LaneWiring } from './lane-ports.ts';
import type { ProgressPace } from './progress-pace.ts';

/** Records in one send at most; a send is also cut by bytes, and where the topic changes. */
const SEND_RECORDS_MAX = 1_000;

export interface RelayOptions {
  readonly lane: Lane;
  readonly timeline: Topic;
  readonly changeTopic: Topic | null;
  readonly foldVersion: number;
  /** Makes the progress record, with the number of the last change before it; null where no reader joins. */
  readonly progress: ((timelineOffset: Offset, number: number) => Encoded) | null;
  readonly retryMs: number;
  /** Between two mirrored places; all lanes mirror together. */
  readonly mirrorMs: number;
  /** Shared by the lanes of a service. */
  readonly pace: ProgressPace;
  readonly onSent: (outputs: readonly OutboxEntry[]) => void;
  readonly onRetry: (error: OperatingError) => void;
  /** What is not worth a retry; the relay has ended. */
  readonly onFailure: (error: unknown) => void;
}

/** How far a lane has folded as of a commit. */
export interface Folded {
  /** The last timeline offset that is folded whole. */
  readonly through: Offset;
  /** The number of the last change. */
  readonly number: number;
  /** False for a version that folds beside the one in force: of it there is no progress. */
  readonly isTelling: boolean;
}

/** What the mirror's metadata says: the last output known to be acknowledged. */
export interface Frontier {
  readonly version: number;
  readonly sequence: number;
}

/**
 * Sends a lane's committed outputs to the log, in order, one send in flight, and keeps the group's committed offset and
 * the progress record after them. Outputs wait in the store's outbox until a later commit trims what was acknowledged.
 */
export class Relay {
  readonly #options: RelayOptions;
  readonly #writer: SharedWriter;
  readonly #clock: Clock;
  readonly #work = new Signal();
  readonly #moved = new Signal();
  #queue: OutboxEntry[] = [];
  #acknowledged = 0;
  #through: Offset = -1;
  #number = 0;
  #isTelling = false;
  #told: Offset = -1;
  /** When progress is due that no output takes along; null where it is not known or not owed. */
  #progressDueMs: number | null = null;
  #waitingSinceMs = 0;
  #mirrored = '';
  #stopping = false;
  #draining = false;
  #abort = new AbortController();
  #running: Promise<void> | null = null;

  constructor(options: RelayOptions, writer: SharedWriter, clock: Clock) {
    this.#options = options;
    this.#writer = writer;
    this.#clock = clock;
  }

  /** The sequence up to which outputs are in the log. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  get depth(): number {
    return this.#queue.length;
  }

  /** How long the log has acknowledged nothing although outputs wait, ms; 0 while none does. */
  get waitingMs(): number {
    return this.#queue.length === 0 ? 0 : this.#clock.elapsedMs() - this.#waitingSinceMs;
  }

  /** Begins with what an acquired lane has: outputs at or below the frontier are in the log already. */
  start(consumer: LaneConsumer, outbox: readonly OutboxEntry[], frontier: number, folded: Folded): void {
    this.#acknowledged = Math.max(this.#acknowledged, frontier);
    this.#queue = outbox.filter((entry) => entry.sequence > this.#acknowledged);
    this.#waitingSinceMs = this.#clock.elapsedMs();
    this.#through = folded.through;
    this.#number = folded.number;
    this.#isTelling = folded.isTelling;
    this.#told = -1;
    this.#progressDueMs = null;
    this.#mirrored = '';
    this.#stopping = false;
    this.#draining = false;
    this.#abort = new AbortController();
    this.#running = Promise.all([this.#sendLoop(), this.#mirrorLoop(consumer)]).then(
      () => undefined,
      (error: unknown) => {
        this.abandon();
        this.#options.onFailure(error);
      },
    );
  }

  /** Takes the outputs of a commit. */
  add(outputs: readonly OutboxEntry[], folded: Folded): void {
    if (this.#queue.length === 0) this.#waitingSinceMs = this.#clock.elapsedMs();
    for (const output of outputs) if (output.sequence > this.#acknowledged) this.#queue.push(output);
    this.#through = folded.through;
    this.#number = folded.number;
    this.#isTelling = folded.isTelling;
    this.#work.raise();
  }

  /** Resolves when fewer than `max` outputs wait, or when the relay is about to end. */
  async room(max: number): Promise<void> {
    while (this.#queue.length >= max && !this.#stopping && !this.#draining) await this.#moved.wait();
  }

  /** From now on nobody waits for room, progress goes at once, and a send that fails ends the relay. */
  drain(): void {
    this.#draining = true;
    this.#work.raise();
    this.#moved.raise();
  }

  /** Ends after the send in flight; with `drain`, after everything that waits. A failed send ends a drain too. */
  async stop(drain: boolean): Promise<void> {
    if (drain) this.drain();
    while (drain && !this.#isIdle() && !this.#stopping) await this.#moved.wait();
    this.abandon();
    await this.#running;
    this.#running = null;
  }

  /** Ends without waiting for anything: the lane has another owner. */
  abandon(): void {
    this.#stopping = true;
    this.#abort.abort();
    this.#work.raise();
    this.#moved.raise();
  }

  #isIdle(): boolean {
    return this.#queue.length === 0 && !this.#owesProgress();
  }

  #owesProgress(): boolean {
    return this.#options.progress !== null && this.#isTelling && this.#through > this.#told;
  }

  async #sendLoop(): Promise<void> {
    while (!this.#stopping) {
      if (this.#isIdle()) {
        this.#moved.raise();
        await this.#work.wait();
        continue;
      }
      const waitMs = this.#waitMs();
      if (waitMs > 0) {
        this.#work.raiseAfter(() => this.#clock.sleep(Math.ceil(waitMs), this.#abort.signal));
        await this.#work.wait();
        continue;
      }
      try {
        await this.#sendNext();
      } catch (error) {
        if (!(error instanceof OperatingError && error.retriable)) throw error;
        this.#options.onRetry(error);
        if (this.#draining) return this.abandon();
        await this.#clock.sleep(this.#options.retryMs, this.#abort.signal);
      }
    }
  }

  /** Outputs go at once; what is only progress goes when the service's lanes send theirs. */
  #waitMs(): number {
    if (this.#queue.length > 0 || this.#draining) return 0;
    this.#progressDueMs ??= this.#options.pace.next();
    return this.#progressDueMs - this.#clock.elapsedMs();
  }

  /** One send: the outputs at the queue's head that share a topic, and the progress record where it empties. */
  async #sendNext(): Promise<void> {
    const { lane, changeTopic, progress } = this.#options;
    const topic = this.#queue[0]?.topic ?? changeTopic;
    if (topic === null) return;
    const end = endOfSend(this.#queue, 0, SEND_RECORDS_MAX);
    let sent = 0;
    while (sent < end && this.#queue[sent]?.topic === topic) sent++;
    const records: NewRecord[] = this.#queue.slice(0, sent);
    const last = this.#queue[sent - 1]?.sequence ?? this.#acknowledged;
    const through = this.#through;
    const isLast = sent === this.#queue.length && topic === changeTopic;
    const tells = progress !== null && isLast && this.#owesProgress();
    if (tells) {
      records.push({ key: null, ...progress(through, this.#number) });
      this.#progressDueMs = null;
    }
    const startedAtMs = this.#clock.elapsedMs();
    await this.#writer.send(topic, lane, records);
    if (sent === 0) this.#options.pace.took(this.#clock.elapsedMs() - startedAtMs);
    const outputs = this.#queue.slice(0, sent);
    this.#queue = this.#queue.slice(sent);
    this.#acknowledged = last;
    this.#waitingSinceMs = this.#clock.elapsedMs();
    if (sent > 0) this.#options.onSent(outputs);
    if (tells) this.#told = through;
    this.#moved.raise();
  }

  /** Repeats the lane's place and frontier as the group's committed offset; lag tools read it, and it survives Redis. */
  async #mirrorLoop(consumer: LaneConsumer): Promise<void> {
    while (!this.#stopping) {
      await this.#clock.sleep(untilBeat(this.#clock, this.#options.mirrorMs), this.#abort.signal);
      await this.#mirror(consumer);
    }
    await this.#mirror(consumer);
  }

  async #mirror(consumer: LaneConsumer): Promise<void> {
    const { lane, timeline, foldVersion } = this.#options;
    const frontier: Frontier = { version: foldVersion, sequence: this.#acknowledged };
    const place: Committed = { offset: this.#through + 1, metadata: JSON.stringify(frontier) };
    const mirrored = `${place.offset} ${place.metadata}`;
    if (this.#through < 0 || mirrored === this.#mirrored) return;
    try {
      await consumer.commit(lane, new Map([[timeline, place]]));
      this.#mirrored = mirrored;
    } catch (error) {
      if (!(error instanceof OperatingError && error.retriable)) throw error;
      this.#options.onRetry(error);
    }
  }
}

/** The relay of a fold's lane; `ended` is told what is not worth a retry. */
export function openRelay<Facet, Rules, Change>(
  lane: Lane,
  { fold, timeline }: Pick<LaneWiring<Facet, Rules, Change>, 'fold' | 'timeline'>,
  { pace, writer, clock }: LanePorts,
  { retryMs, mirrorMs }: LaneOptions,
  observer: LaneObserver,
  ended: (error: unknown) => void,
): Relay {
  const { service, version: foldVersion, changeTopic, tellsProgress } = fold;
  return new Relay(
    {
      lane,
      timeline,
      changeTopic,
      foldVersion,
      progress: tellsProgress ? (offset, number) => fold.encodeProgress(offset, number) : null,
      retryMs,
      mirrorMs,
      pace,
      onSent: (outputs) => observer.published?.(service, lane, outputs),
      onRetry: (error) => observer.retried?.(service, lane, error),
      onFailure: ended,
    },
    writer,
    clock,
  );
}
