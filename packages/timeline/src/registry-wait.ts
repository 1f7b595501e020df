import type { Clock } from '@tidemark/stream';

/** A schema that is new to a process takes some milliseconds. */
const SLOW_MS = 1_000;

/** How long a lane has waited for a schema. After a failure it is still asked for. */
export class RegistryWait {
  readonly #clock: Clock;
  #sinceMs: number | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A schema is asked for, and has not been answered for a while. */
  get isLong(): boolean {
    return this.#sinceMs !== null && this.#clock.elapsedMs() - this.#sinceMs >= SLOW_MS;
  }

  /** A record is a promise where the registry has to be asked for its schema. */
  async answer<Head>(head: Head | Promise<Head>): Promise<Head> {
    if (head instanceof Promise) this.#sinceMs ??= this.#clock.elapsedMs();
    const answered = await head;
    this.isThere();
    return answered;
  }

  isThere(): void {
    this.#sinceMs = null;
  }
}
