import type { TimeMs } from '@tidemark/domain';
import { type Lane, OperatingError, type ProfileReader } from '@tidemark/stream';

type Asked = Pick<ProfileReader, 'metas' | 'timersDue' | 'firstTimerAfter'>;

/** What health, metrics and unify ask of a store that may not be there yet. */
export class StoreSlot implements Asked {
  #store: Asked | null = null;

  fill(store: Asked): void {
    this.#store = store;
  }

  async metas(lane: Lane): Promise<ReadonlyMap<string, string>> {
    return this.#filled().metas(lane);
  }

  async timersDue(service: string, lane: Lane, until: TimeMs): Promise<number> {
    return this.#filled().timersDue(service, lane, until);
  }

  async firstTimerAfter(lane: Lane, after: TimeMs): Promise<TimeMs | null> {
    return this.#filled().firstTimerAfter(lane, after);
  }

  #filled(): Asked {
    if (this.#store !== null) return this.#store;
    throw new OperatingError('store-unavailable', 'expected the store, found that it is not open yet', {
      retriable: true,
    });
  }
}
