import type { TimeMs } from '@tidemark/domain';
import { type Lane, OperatingError, type ProfileReader } from '@tidemark/stream';

/** What health and metrics ask of a store that may not be there yet. */
export class StoreSlot implements Pick<ProfileReader, 'metas' | 'timersDue'> {
  #store: Pick<ProfileReader, 'metas' | 'timersDue'> | null = null;

  fill(store: Pick<ProfileReader, 'metas' | 'timersDue'>): void {
    this.#store = store;
  }

  async metas(lane: Lane): Promise<ReadonlyMap<string, string>> {
    return this.#filled().metas(lane);
  }

  async timersDue(service: string, lane: Lane, until: TimeMs): Promise<number> {
    return this.#filled().timersDue(service, lane, until);
  }

  #filled(): Pick<ProfileReader, 'metas' | 'timersDue'> {
    if (this.#store !== null) return this.#store;
    throw new OperatingError('store-unavailable', 'expected the store, found that it is not open yet', {
      retriable: true,
    });
  }
}
