import type { TimeMs } from '@tidemark/domain';
import { Heap } from '@tidemark/plain-fold';
import type { Random } from './random.ts';
import type { SimulatedProcess } from './simulated-process.ts';

/** Something that happens at once; of a process, so that it does not happen once that has crashed, or of the world. */
interface Task {
  readonly owner: SimulatedProcess | null;
  readonly run: () => void;
}

interface Timer extends Task {
  readonly at: number;
  readonly order: number;
  cancelled: boolean;
}

export interface RunOptions {
  /** More steps than this and the run has failed. */
  readonly stepsMax: number;
  /** Asked whenever nothing is left to do at this moment: true ends the run, false lets time go on. */
  readonly done: () => boolean;
  /** Called before each step: the place for faults. */
  readonly beforeStep?: () => void;
}

export type RunOutcome = 'done' | 'stuck' | 'steps-exhausted';

/**
 * A world in which everything happens in an order drawn from a seed: no real time, no real input or output. Promises of
 * simulated ports resolve as tasks; of those that are ready one is drawn at random, then code runs until it waits again.
 * Same seed, same run. Virtual time moves when nothing is ready, and now and then a little while something is.
 */
export class Simulation {
  readonly random: Random;
  /** How far every wall clock of this world is ahead, the log's too: a mistake, which somebody may mend. */
  wallAheadMs = 0;
  #now: number;
  #steps = 0;
  #order = 0;
  #trace = 0;
  readonly #ready: Task[] = [];
  readonly #counts = new Map<string, number>();
  /** Told of everything that is counted, for people who read a run; null in most runs. */
  tell: ((text: string) => void) | null = null;
  readonly #timers = new Heap<Timer>((a, b) => a.at - b.at || a.order - b.order);
  #wake: (() => void) | null = null;

  constructor(random: Random, startsAt: number) {
    this.random = random;
    this.#now = startsAt;
  }

  get now(): TimeMs {
    return this.#now as TimeMs;
  }

  /** What a wall clock that is as right as all others says. */
  get wall(): TimeMs {
    return (this.#now + this.wallAheadMs) as TimeMs;
  }

  get steps(): number {
    return this.#steps;
  }

  /** A digest of every choice so far: equal traces, equal runs. */
  get trace(): number {
    return this.#trace >>> 0;
  }

  /** What was counted, and how often. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** Counts something that happened; `details` is asked for only where somebody reads. */
  count(what: string, details: () => string = () => '', times = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + times);
    this.say(() => `${what}: ${details()}`);
  }

  /** Tells who reads the run, and does not count. */
  say(text: () => string): void {
    if (this.tell !== null) this.tell(text());
  }

  /** Adds a task that is ready now. */
  schedule(owner: SimulatedProcess | null, run: () => void): void {
    this.#ready.push({ owner, run });
    this.#wake?.();
  }

  /** Adds a task that gets ready in `ms`; returns how to cancel it. */
  after(owner: SimulatedProcess | null, ms: number, run: () => void): () => void {
    const timer: Timer = { owner, run, at: this.#now + ms, order: this.#order++, cancelled: false };
    this.#timers.push(timer);
    this.#wake?.();
    return () => {
      timer.cancelled = true;
    };
  }

  /** Runs until `done` says so while nothing is ready; `stuck` if nothing is left that could happen. */
  async run({ stepsMax, done, beforeStep }: RunOptions): Promise<RunOutcome> {
    const end = this.#steps + stepsMax;
    while (this.#steps < end) {
      beforeStep?.();
      if (await this.#step()) continue;
      if (done()) return 'done';
      if (!this.#advance()) return 'stuck';
    }
    return 'steps-exhausted';
  }

  /** Runs everything for code that uses the ports from outside, such as a suite of tests, until `end` is called. */
  drive(): { readonly end: () => void } {
    let ended = false;
    const loop = async () => {
      while (!ended) {
        if ((await this.#step()) || this.#advance()) continue;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = null;
      }
    };
    void loop();
    return {
      end: () => {
        ended = true;
        this.#wake?.();
      },
    };
  }

  /** One task, drawn at random; false if none is ready. */
  async #step(): Promise<boolean> {
    const { random } = this;
    if (random.chance(DRIFT_CHANCE)) this.#moveTo(this.#now + random.between(1, DRIFT_MS_MAX));
    const task = this.#draw();
    if (task === null) {
      await settle(IDLE_HOPS);
      return this.#ready.length > 0;
    }
    this.#steps++;
    task.run();
    await settle(STEP_HOPS);
    return true;
  }

  #draw(): Task | null {
    const ready = this.#ready;
    while (ready.length > 0) {
      const index = Math.floor(this.random.next() * ready.length);
      const task = ready[index] as Task;
      const last = ready.pop() as Task;
      if (index < ready.length) ready[index] = last;
      this.#trace = (Math.imul(this.#trace, 31) + index * 65_537 + ready.length) | 0;
      if (task.owner === null || task.owner.accepts(task.run)) return task;
    }
    return null;
  }

  /** Jumps to the next moment at which something happens; false if there is none. */
  #advance(): boolean {
    const timers = this.#timers;
    while (timers.first?.cancelled === true) timers.pop();
    if (timers.first === undefined) return false;
    this.#moveTo(Math.max(this.#now, timers.first.at));
    return true;
  }

  #moveTo(now: number): void {
    const timers = this.#timers;
    this.#now = now;
    for (let first = timers.first; first !== undefined && first.at <= now; first = timers.first) {
      timers.pop();
      if (!first.cancelled) this.#ready.push(first);
    }
  }
}

const DRIFT_CHANCE = 0.05;
const DRIFT_MS_MAX = 20;
/** Continuations of one task that are run before the next is drawn; code that needs more goes on beside it. */
const STEP_HOPS = 12;
/** Before time moves, every continuation has to have run. */
const IDLE_HOPS = 100;

/** Lets promises' continuations run. Microtasks run in a fixed order, so this is part of the same run for the same seed. */
async function settle(hops: number): Promise<void> {
  for (let i = 0; i < hops; i++) await undefined;
}
