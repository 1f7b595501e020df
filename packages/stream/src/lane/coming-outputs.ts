import type { Clock } from '../ports/clock.ts';

/** A commit may take long for a lane's own reasons, and the others go on without it. */
const WAIT_MS = 5;

/**
 * What the lanes of a service are committing and will send right after. One request to the log takes all that is sent
 * together, and whatever is sent just before is a request of its own, behind which those outputs would have to wait.
 */
export class ComingOutputs {
  readonly #clock: Clock;
  readonly #commits = new Set<Promise<unknown>>();
  #turn: Promise<void> | null = null;
  #patience: Promise<void> | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Tells that outputs are sent once this settles. */
  add(commit: Promise<unknown>): void {
    const done = (): void => void this.#commits.delete(commit);
    this.#commits.add(commit);
    commit.then(done, done);
  }

  /** Resolves when all lanes that have records have folded them, and what they commit is done or takes too long. */
  async wait(): Promise<void> {
    this.#turn ??= this.#clock.sleep(0).then(() => {
      this.#turn = null;
    });
    await this.#turn;
    if (this.#commits.size === 0) return;
    this.#patience ??= this.#clock.sleep(WAIT_MS).then(() => {
      this.#patience = null;
    });
    await Promise.race([Promise.allSettled(this.#commits), this.#patience]);
  }
}
