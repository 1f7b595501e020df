import { QueryError, readLaneState } from '@tidemark/query';
import { type Clock, OperatingError, type ProfileReader } from '@tidemark/stream';

const POLL_MS = 250;

/**
 * `replaying`: history comes on the event clock, and an event of today has no place in it. `unknown`: no lane has folded
 * anything yet, or the store is away.
 */
export type LiveState = 'live' | 'replaying' | 'unknown';

/** Which clock a pipeline is on whose services may run elsewhere: as the folds' places in the store say. */
export class LiveWatch {
  readonly #store: Pick<ProfileReader, 'metas'>;
  readonly #lanes: number;
  readonly #stop = new AbortController();
  #state: LiveState = 'unknown';

  private constructor(store: Pick<ProfileReader, 'metas'>, lanes: number) {
    this.#store = store;
    this.#lanes = lanes;
  }

  static start(store: Pick<ProfileReader, 'metas'>, lanes: number, clock: Clock): LiveWatch {
    const watch = new LiveWatch(store, lanes);
    void watch.#run(clock);
    return watch;
  }

  /** `live` once every lane is, for good; `unknown` while the lane that is not has folded nothing, or cannot be read. */
  get state(): LiveState {
    return this.#state;
  }

  stop(): void {
    this.#stop.abort();
  }

  async #run(clock: Clock): Promise<void> {
    const { signal } = this.#stop;
    for (let lane = 0; lane < this.#lanes; ) {
      const clockOfLane = await this.#clockOf(lane);
      if (clockOfLane === 'live') lane++;
      else {
        this.#state = clockOfLane === null ? 'unknown' : 'replaying';
        await clock.sleep(POLL_MS, signal);
      }
      if (signal.aborted) return;
    }
    this.#state = 'live';
  }

  async #clockOf(lane: number): Promise<'event' | 'live' | null> {
    try {
      return readLaneState(lane, await this.#store.metas(lane)).clock;
    } catch (error) {
      // Whoever reads the lane says what is wrong with it.
      if (error instanceof OperatingError || error instanceof QueryError) return null;
      throw error;
    }
  }
}
