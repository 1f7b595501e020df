import type { LaneSample } from '../lane-sampler.ts';

/**
 * Whether a service moves, from what observers and samples say. Stalled is: a sample found it behind with something to do,
 * and since then it has neither moved nor been in trouble with what lies outside. A lane's lag cannot go away unless the
 * service moves, so an idle service is never stalled, however seldom somebody looks.
 */
export class ServiceProgress {
  #movedAtMs: number | null = null;
  #restartedAtMs = Number.NEGATIVE_INFINITY;
  #behindSinceMs: number | null = null;

  /** When it last moved; null: never yet. */
  get movedAtMs(): number | null {
    return this.#movedAtMs;
  }

  moved(nowMs: number): void {
    this.#movedAtMs = nowMs;
    this.#startAnew(nowMs);
  }

  /** What lies outside is away: standing still is no fault of the process. */
  hindered(nowMs: number): void {
    this.#startAnew(nowMs);
  }

  /** `behind`: the sample found a lane of the service that could go on. */
  sampled({ takenAtMs }: Pick<LaneSample, 'takenAtMs'>, behind: boolean): void {
    if (!behind) this.#behindSinceMs = null;
    // What moved while the sample was taken may have caught up: only a later sample tells.
    else if (takenAtMs > this.#restartedAtMs) this.#behindSinceMs ??= takenAtMs;
  }

  /** How long it has stood still although it could go on, ms. */
  stalledMs(nowMs: number): number {
    return this.#behindSinceMs === null ? 0 : nowMs - this.#behindSinceMs;
  }

  #startAnew(nowMs: number): void {
    this.#restartedAtMs = nowMs;
    this.#behindSinceMs = null;
  }
}
