import { OperatingError, type OperatingErrorCode } from '@tidemark/stream';
import type { CallFaults } from './faults.ts';
import type { Simulation } from './simulation.ts';

export type ProcessState = 'running' | 'paused' | 'crashed';

/**
 * A process of the simulated world. Once crashed nothing of it happens any more: its promises stay pending. Paused, all
 * of it waits, while the world and what it had already sent go on.
 */
export class SimulatedProcess {
  readonly name: string;
  readonly simulation: Simulation;
  readonly #parked: (() => void)[] = [];
  readonly #onCrash: (() => void)[] = [];
  #state: ProcessState = 'running';
  /** How far this machine's clock is ahead of the world's. */
  clockAheadMs = 0;
  /** That a sleep ends late. */
  oversleeps = 0;

  constructor(name: string, simulation: Simulation) {
    this.name = name;
    this.simulation = simulation;
  }

  get state(): ProcessState {
    return this.#state;
  }

  crash(): void {
    if (this.#state === 'crashed') return;
    this.#state = 'crashed';
    this.#parked.length = 0;
    for (const tell of this.#onCrash) tell();
  }

  pause(): void {
    if (this.#state === 'running') this.#state = 'paused';
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    for (const run of this.#parked.splice(0)) this.simulation.schedule(this, run);
  }

  /** Calls `tell` once this process has crashed. */
  onCrash(tell: () => void): void {
    if (this.#state === 'crashed') tell();
    else this.#onCrash.push(tell);
  }

  /** Whether a task of this process may run now; a paused one keeps it for later. */
  accepts(run: () => void): boolean {
    if (this.#state === 'paused') this.#parked.push(run);
    return this.#state === 'running';
  }

  /**
   * A call to a server: the request leaves, the effect happens in the world, the answer comes back. Each can fail to, and
   * a crash can fall between any two: a request that has left takes effect although its caller is gone. `what` is for
   * people who read the run.
   */
  call<Answer>(what: string, code: OperatingErrorCode, faults: CallFaults, effect: () => Answer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const { simulation } = this;
      const fail = () => simulation.schedule(this, () => reject(unavailable(code)));
      const act = () => {
        const answer = attempt(effect);
        simulation.schedule(this, () => ('error' in answer ? reject(answer.error) : resolve(answer.value)));
      };
      simulation.schedule(this, () => {
        const fate = fateOf(simulation, faults);
        if (fate !== 'done') simulation.count(`call ${fate}`, () => `${this.name}: ${what}`);
        switch (fate) {
          case 'done':
            if (simulation.random.chance(0.5)) return act();
            return simulation.schedule(null, act);
          case 'lost':
            return fail();
          case 'unknown':
            return simulation.schedule(null, () => {
              attempt(effect);
              fail();
            });
          case 'late':
            fail();
            simulation.after(null, simulation.random.between(1, LATE_MS_MAX), () => attempt(effect));
            return;
          case 'slow': {
            const [askMs, answerMs] = simulation.random.shuffled([
              slowMs(simulation),
              simulation.random.pick([0, 1]) * slowMs(simulation),
            ]);
            return this.#actSlowly(askMs ?? 0, answerMs ?? 0, effect, resolve, reject);
          }
          case 'repeated':
            return simulation.schedule(null, () => {
              attempt(effect);
              simulation.schedule(null, act);
            });
          case 'crashBefore':
            return this.crash();
          case 'crashAfter':
            return simulation.schedule(null, () => {
              attempt(effect);
              this.crash();
            });
        }
      });
    });
  }

  #actSlowly<Answer>(
    askMs: number,
    answerMs: number,
    effect: () => Answer,
    resolve: (answer: Answer) => void,
    reject: (error: unknown) => void,
  ): void {
    const { simulation } = this;
    simulation.after(null, askMs, () => {
      const answer = attempt(effect);
      simulation.after(this, answerMs, () => ('error' in answer ? reject(answer.error) : resolve(answer.value)));
    });
  }
}

/** An answer that comes too late for its caller comes within this time. */
const LATE_MS_MAX = 2_000;

const SLOW_MS_MAX = 500;
/** Now and then a request, or an answer, hangs for this long. */
const HANG_CHANCE = 0.02;
const HANG_MS_MAX = 30_000;

function slowMs({ random }: Simulation): number {
  return random.between(1, random.chance(HANG_CHANCE) ? HANG_MS_MAX : SLOW_MS_MAX);
}

type Fate = 'done' | keyof CallFaults;

const FATES = ['lost', 'unknown', 'late', 'slow', 'repeated', 'crashBefore', 'crashAfter'] as const;

function fateOf({ random }: Simulation, faults: CallFaults): Fate {
  let draw = random.next();
  for (const fate of FATES) {
    if (draw < faults[fate]) return fate;
    draw -= faults[fate];
  }
  return 'done';
}

type Attempt<Answer> = { readonly value: Answer } | { readonly error: unknown };

function attempt<Answer>(effect: () => Answer): Attempt<Answer> {
  try {
    return { value: effect() };
  } catch (error) {
    return { error };
  }
}

function unavailable(code: OperatingErrorCode): OperatingError {
  return new OperatingError(code, 'simulated: expected an answer, found none. It may have worked.', {
    retriable: true,
  });
}
