import type { Clock } from '@tidemark/stream';
import type { DoorSource } from '../sources/door-source.ts';

/** A client that was quiet may send so much at once. */
const BURST_SECONDS = 5;
const WAIT_SECONDS_MAX = 60;
const ADDRESSES_MAX = 10_000;

interface Bucket {
  /** Events; below 0 after a batch that overdrew it. */
  level: number;
  atMs: number;
}

/** Buckets by what is counted; those that were not asked for longest go first. */
class Buckets {
  readonly #buckets = new Map<string, Bucket>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  /** Takes events, and gives 0; or gives the seconds after which some would be taken. */
  take(name: string, perSecond: number, events: number, nowMs: number): number {
    const known = this.#buckets.get(name);
    const full = perSecond * BURST_SECONDS;
    const refilled = known === undefined ? full : known.level + ((nowMs - known.atMs) / 1_000) * perSecond;
    const level = Math.min(full, refilled);
    const taken = level > 0 ? events : 0;
    this.#buckets.delete(name);
    this.#buckets.set(name, { level: level - taken, atMs: nowMs });
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > this.#max && oldest !== undefined) this.#buckets.delete(oldest);
    return level > 0 ? 0 : Math.min(WAIT_SECONDS_MAX, Math.max(1, Math.ceil(-level / perSecond)));
  }
}

/** How many events a key may send, and of a public key one client. Of this process alone. */
export class RateLimits {
  readonly #clock: Pick<Clock, 'elapsedMs'>;
  readonly #bySource = new Buckets(Number.POSITIVE_INFINITY);
  readonly #byAddress = new Buckets(ADDRESSES_MAX);

  constructor(clock: Pick<Clock, 'elapsedMs'>) {
    this.#clock = clock;
  }

  /**
   * Null where so many events may be taken now; else the seconds to wait for. A batch may have more than is left: what it
   * overdraws is waited for by those that follow.
   */
  take({ settings, limits }: DoorSource, address: string, events: number): number | null {
    const nowMs = this.#clock.elapsedMs();
    const { eventsPerSecond, eventsPerSecondByAddress } = limits;
    if (eventsPerSecondByAddress !== null) {
      const wait = this.#byAddress.take(`${settings.name} ${address}`, eventsPerSecondByAddress, events, nowMs);
      if (wait > 0) return wait;
    }
    const wait = this.#bySource.take(settings.name, eventsPerSecond, events, nowMs);
    return wait > 0 ? wait : null;
  }
}
