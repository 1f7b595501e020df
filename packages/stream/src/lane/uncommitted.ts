import type { OutboxEntry } from '../ports/profile-store.ts';

/** What nobody is told of, a place or a state without a change to publish, is committed so long after at the latest. */
const QUIET_MS = 250;
/** A lane that may defer waits so long for more records. */
const IDLE_MS = 1_000;
const NEVER = Number.POSITIVE_INFINITY;

/** When what was folded is to be committed: at once, after a while where nobody waits for it, or not before more has come. */
export type CommitPace = 'now' | 'quiet' | 'deferred';

/** What came of a lane's records and is not committed yet, besides what its customers hold: at the least a place. */
export class Uncommitted {
  #outputs: OutboxEntry[] = [];
  #bytes = 0;
  #dueAtMs = NEVER;

  get outputs(): readonly OutboxEntry[] {
    return this.#outputs;
  }

  /** Of records that are folded. */
  get bytes(): number {
    return this.#bytes;
  }

  /** When it is to be committed; infinite where there is nothing. */
  get dueAtMs(): number {
    return this.#dueAtMs;
  }

  get isEmpty(): boolean {
    return this.#dueAtMs === NEVER;
  }

  add(outputs: readonly OutboxEntry[], bytes: number): void {
    for (const output of outputs) this.#outputs.push(output);
    this.#bytes += bytes;
  }

  wait(pace: CommitPace, nowMs: number): void {
    if (pace === 'now') this.#dueAtMs = nowMs;
    else if (pace === 'deferred') this.#dueAtMs = nowMs + IDLE_MS;
    else this.#dueAtMs = Math.min(this.#dueAtMs, nowMs + QUIET_MS);
  }

  clear(): void {
    this.#outputs = [];
    this.#bytes = 0;
    this.#dueAtMs = NEVER;
  }
}
