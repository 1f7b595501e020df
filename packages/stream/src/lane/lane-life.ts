import { Fault, OperatingError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import { Signal } from '../signal.ts';

/** What is done with a lane, from its being acquired until it is given up. */
export interface LaneWork {
  /** Takes up the lane where log and store have it; ends with `LaneLife.acquired`, unless the lane was given up meanwhile. */
  acquire(): Promise<void>;
  /** The next piece of work, or a wait for it. */
  next(): Promise<void>;
  /** The error, where it passes by itself: the lane is then acquired again after a while. Else null. */
  passing(error: unknown): OperatingError | null;
  retried(error: OperatingError): void;
  /** Nothing is done any more, whatever the reason. */
  ended?(): void;
  /** A fault stands in the lane, and somebody has to look at it. */
  faulted(fault: Fault): void;
  /** A programmer error: the process should end. */
  crashed(error: unknown): void;
}

/**
 * The life of a lane with its worker: acquired, worked on piece by piece, acquired again after an error that passes, and
 * ended by a fault or by being given up.
 */
export class LaneLife {
  readonly #work: LaneWork;
  readonly #clock: Clock;
  readonly #retryMs: number;
  readonly #woken = new Signal();
  readonly #abort = new AbortController();
  #nap = new AbortController();
  #isAcquired = false;
  #fault: Fault | null = null;
  #running: Promise<void> = Promise.resolve();

  constructor(work: LaneWork, clock: Clock, retryMs: number) {
    this.#work = work;
    this.#clock = clock;
    this.#retryMs = retryMs;
  }

  /** What is in memory is what log and store say of the lane. */
  get isAcquired(): boolean {
    return this.#isAcquired;
  }

  get fault(): Fault | null {
    return this.#fault;
  }

  /** Aborted once the lane is given up. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get isGivenUp(): boolean {
    return this.#abort.signal.aborted;
  }

  get isAtWork(): boolean {
    return this.#isAcquired && !this.isGivenUp;
  }

  start(): void {
    this.#running = this.#run();
  }

  acquired(): void {
    this.#isAcquired = true;
  }

  /** What is in memory is worth nothing any more: the lane is acquired again. */
  forget(): void {
    this.#isAcquired = false;
  }

  /** There may be something to do. */
  wake(): void {
    this.#woken.raise();
  }

  /** Until there may be something to do, at the latest after `ms`. */
  wait(ms?: number): Promise<void> {
    if (ms !== undefined) this.#woken.raiseAfter(() => this.#clock.sleep(ms, this.signal));
    return this.#woken.wait();
  }

  /** Lets more come together for `ms`, unless `endNap` says that it is enough. */
  nap(ms: number): Promise<void> {
    this.#nap = new AbortController();
    return this.#clock.sleep(ms, AbortSignal.any([this.#nap.signal, this.signal]));
  }

  endNap(): void {
    this.#nap.abort();
  }

  /** No further piece of work is begun. */
  giveUp(): void {
    this.#abort.abort();
    this.#woken.raise();
  }

  /** Resolves once the piece of work under way is done, after `giveUp`. */
  get over(): Promise<void> {
    return this.#running;
  }

  /** Tells of an error that passes by itself. */
  passes(error: unknown): boolean {
    const passing = this.#work.passing(error);
    if (passing === null) return false;
    this.#work.retried(passing);
    return true;
  }

  end(error: unknown): void {
    // Whoever gave the lane up may have closed log and store since.
    if (this.isGivenUp && error instanceof OperatingError) return;
    this.giveUp();
    this.#work.ended?.();
    if (error instanceof Fault) {
      this.#fault = error;
      this.#work.faulted(error);
    } else {
      this.#work.crashed(error);
    }
  }

  async #run(): Promise<void> {
    while (!this.isGivenUp && this.#fault === null) {
      try {
        await this.#work.acquire();
        while (this.isAtWork) await this.#work.next();
      } catch (error) {
        this.#isAcquired = false;
        if (!this.passes(error)) return this.end(error);
        await this.#clock.sleep(this.#retryMs, this.signal);
      }
    }
  }
}
