import { type Clock, type Committed, type Lane, type LaneConsumer, type Topic, untilBeat } from '@tidemark/stream';
import type { CommittedNote } from './committed-note.ts';
import type { RawInput, RawInputState } from './raw-input.ts';
import { TAIL_RECORDS_MIN } from './tail.ts';

/** On the wall clock offsets are committed so often, of all lanes together: a commit a batch would be most of what the brokers do. */
const COMMIT_MS = 200;

/** What of a commit is known of the lane as a whole. */
export type LaneNote = Omit<CommittedNote, keyof RawInputState>;

/** How far a raw topic is merged. */
interface RawPlace {
  readonly topic: Topic;
  readonly next: number;
  readonly state: RawInputState;
}

export interface OffsetCommitsOptions {
  readonly lane: Lane;
  readonly clock: Clock;
  readonly batchRecordsMax: number;
  readonly signal: AbortSignal;
  /** The lane's consumer, and what is known of the lane, as a commit is made; null: the lane is no longer this worker's. */
  readonly current: () => { readonly consumer: LaneConsumer; readonly note: LaneNote } | null;
  /** A commit that nobody waits for failed. The next makes up for it. */
  readonly failed: (error: unknown) => void;
}

/** Commits how far a lane's raw topics are merged, once what they became is written. */
export class OffsetCommits {
  readonly #options: OffsetCommitsOptions;
  /** What has been written and not yet committed; null: nothing. */
  #uncommitted: { places: readonly RawPlace[]; records: number } | null = null;
  /** Runs until what is not committed is to be. */
  #timer: Promise<void> | null = null;
  /** The commit in flight; one at a time, so that the newest ends last. */
  #committing: Promise<void> | null = null;

  constructor(options: OffsetCommitsOptions) {
    this.#options = options;
  }

  /** Before the lane is acquired: nothing is under way any more, and what was not committed is read again. */
  async forget(): Promise<void> {
    this.#uncommitted = null;
    await this.#committing;
  }

  /**
   * What is written and not committed is found again in the timeline's tail: so where it may wait, a batch does not wait for
   * its commit, as long as the tail surely has it. On the event clock, whose order is fixed, each batch is committed.
   */
  async written(inputs: readonly RawInput[], records: number, mayWait: boolean): Promise<void> {
    const total = (this.#uncommitted?.records ?? 0) + records;
    const places = inputs.map(({ topic, next, state }) => ({ topic, next, state }));
    this.#uncommitted = { places, records: total };
    if (mayWait && total + this.#options.batchRecordsMax <= TAIL_RECORDS_MIN) this.#commitLater();
    else await this.commit();
  }

  async commit(): Promise<void> {
    while (this.#committing !== null) await this.#committing;
    const uncommitted = this.#uncommitted;
    const current = this.#options.current();
    if (uncommitted === null || current === null) return;
    const committed = ({ next, state }: RawPlace): Committed => {
      const note: CommittedNote = { ...state, ...current.note };
      return { offset: next, metadata: JSON.stringify(note) };
    };
    const places = new Map(uncommitted.places.map((place) => [place.topic, committed(place)]));
    const outcome = current.consumer.commit(this.#options.lane, places);
    // Whoever waits for its end is told by whoever asked for it how it ended.
    this.#committing = outcome
      .catch(() => undefined)
      .then(() => {
        this.#committing = null;
      });
    await outcome;
    if (this.#uncommitted === uncommitted) this.#uncommitted = null;
  }

  async commitOrTell(): Promise<void> {
    await this.commit().catch(this.#options.failed);
  }

  #commitLater(): void {
    const { clock, signal } = this.#options;
    this.#timer ??= clock.sleep(untilBeat(clock, COMMIT_MS), signal).then(() => {
      this.#timer = null;
      return signal.aborted ? undefined : this.commitOrTell();
    });
  }
}
