import type { Lane, OperatingErrorCode } from '@tidemark/stream';

/** A retry without a word after it counts as over then. Longer than an attempt lasts that ends in a time limit. */
const RETRY_OVER_MS = 30_000;

/** What observers have said is wrong and is not known to be over. */
export class LaneTroubles {
  readonly #retries = new Map<string, { readonly atMs: number; readonly code: OperatingErrorCode }>();
  readonly #crashed: { readonly service: string; readonly lane: Lane }[] = [];

  get crashed(): readonly { readonly service: string; readonly lane: Lane }[] {
    return this.#crashed;
  }

  retried(service: string, lane: Lane, code: OperatingErrorCode, atMs: number): void {
    this.#retries.set(placeOf(service, lane), { atMs, code });
  }

  /** What is retried has worked. */
  recovered(service: string, lane: Lane): void {
    this.#retries.delete(placeOf(service, lane));
  }

  crash(service: string, lane: Lane): void {
    const isKnown = this.#crashed.some((crash) => crash.service === service && crash.lane === lane);
    if (!isKnown) this.#crashed.push({ service, lane });
  }

  /** Why the lane tries something again now; null if it does not. */
  retryOf(service: string, lane: Lane, nowMs: number): OperatingErrorCode | null {
    const retry = this.#retries.get(placeOf(service, lane));
    return retry === undefined || nowMs - retry.atMs >= RETRY_OVER_MS ? null : retry.code;
  }
}

function placeOf(service: string, lane: Lane): string {
  return `${service} ${lane}`;
}
