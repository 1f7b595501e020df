import type { Clock } from '@tidemark/stream';

/** Lets the first of a kind through, and then one in `everyMs`, saying how many it stands for. */
export class Throttle {
  readonly #clock: Pick<Clock, 'elapsedMs'>;
  readonly #everyMs: number;
  readonly #kinds = new Map<string, { toldAtMs: number; untold: number }>();

  constructor(clock: Pick<Clock, 'elapsedMs'>, everyMs: number) {
    this.#clock = clock;
    this.#everyMs = everyMs;
  }

  /** How many of the kind there were since one was let through, this one included; null: not to be told now. */
  take(kind: string): number | null {
    const nowMs = this.#clock.elapsedMs();
    const known = this.#kinds.get(kind);
    if (known !== undefined && nowMs - known.toldAtMs < this.#everyMs) {
      known.untold++;
      return null;
    }
    this.#kinds.set(kind, { toldAtMs: nowMs, untold: 0 });
    return (known?.untold ?? 0) + 1;
  }
}
