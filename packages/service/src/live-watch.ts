import { QueryError, readLaneState } from '@tidemark/query';
import { type Clock, OperatingError, type ProfileReader } from '@tidemark/stream';

const POLL_MS = 250;

/** Whether a pipeline whose services may run elsewhere is on the wall clock: as the folds' places in the store say. */
export class LiveWatch {
  readonly #store: Pick<ProfileReader, 'metas'>;
  readonly #lanes: number;
  readonly #stop = new AbortController();
  #isLive = false;

  private constructor(store: Pick<ProfileReader, 'metas'>, lanes: number) {
    this.#store = store;
    this.#lanes = lanes;
  }

  static start(store: Pick<ProfileReader, 'metas'>, lanes: number, clock: Clock): LiveWatch {
    const watch = new LiveWatch(store, lanes);
    void watch.#run(clock);
    return watch;
  }

  /** True once every lane is; a lane never goes back. */
  get isLive(): boolean {
    return this.#isLive;
  }

  stop(): void {
    this.#stop.abort();
  }

  async #run(clock: Clock): Promise<void> {
    const { signal } = this.#stop;
    for (let lane = 0; lane < this.#lanes; ) {
      if (await this.#isLaneLive(lane)) lane++;
      else await clock.sleep(POLL_MS, signal);
      if (signal.aborted) return;
    }
    this.#isLive = true;
  }

  async #isLaneLive(lane: number): Promise<boolean> {
    try {
      return readLaneState(lane, await this.#store.metas(lane)).clock === 'live';
    } catch (error) {
      // Whoever reads the lane says what is wrong with it.
      if (error instanceof OperatingError || error instanceof QueryError) return false;
      throw error;
    }
  }
}
