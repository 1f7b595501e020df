import type { TimeMs } from '@tidemark/domain';
import type { Clock } from '@tidemark/stream';

/** A clock that stands still until it is told otherwise. */
export class ManualClock implements Clock {
  #elapsedMs = 0;
  readonly #startMs: number;
  #sleepers: { readonly atMs: number; readonly wake: () => void }[] = [];

  constructor(startMs = Date.UTC(2026, 10, 21)) {
    this.#startMs = startMs;
  }

  now(): TimeMs {
    return (this.#startMs + this.#elapsedMs) as TimeMs;
  }

  elapsedMs(): number {
    return this.#elapsedMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((wake) => {
      this.#sleepers.push({ atMs: this.#elapsedMs + ms, wake });
      signal?.addEventListener('abort', () => wake(), { once: true });
    });
  }

  advance(ms: number): void {
    this.#elapsedMs += ms;
    const due = this.#sleepers.filter(({ atMs }) => atMs <= this.#elapsedMs);
    this.#sleepers = this.#sleepers.filter(({ atMs }) => atMs > this.#elapsedMs);
    for (const { wake } of due) wake();
  }
}
