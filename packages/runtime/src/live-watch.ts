import type { Policy, TimeMs } from '@tidemark/domain';
import { type LaneState, QueryError, readLaneState, StateMemo } from '@tidemark/reading';
import { type Clock, LANE_AHEAD_MS_MAX, laneAheadMs, OperatingError, type ProfileReader } from '@tidemark/stream';

const POLL_MS = 250;

/** Being ahead does not pass within seconds. */
const AHEAD_POLL_MS = 5_000;

/**
 * `replaying`: history comes on the event clock, and an event of today has no place in it. `unknown`: no lane has folded
 * anything yet, or the store is away. `ahead`: all are live, and one is so far ahead of the wall clock that an event of today
 * would be old to it.
 */
export type LiveState = 'live' | 'ahead' | 'replaying' | 'unknown';

/** What those who bring events have to know of a pipeline. */
export interface IngestState {
  readonly lanes: LiveState;
  /** Events that happened before are refused (`events.earliest` of the policy in force); null where it is not known. */
  readonly earliestAt: TimeMs | null;
  /** The base currency of the policy in force; null where it is not known. */
  readonly currency: string | null;
}

/** Which clock a pipeline is on whose services may run elsewhere: as the folds' places in the store say. */
export class LiveWatch {
  readonly #store: Pick<ProfileReader, 'metas'>;
  readonly #lanes: number;
  readonly #stop = new AbortController();
  readonly #memo = new StateMemo();
  #state: IngestState = { lanes: 'unknown', earliestAt: null, currency: null };

  private constructor(store: Pick<ProfileReader, 'metas'>, lanes: number) {
    this.#store = store;
    this.#lanes = lanes;
  }

  static start(store: Pick<ProfileReader, 'metas'>, lanes: number, clock: Clock): LiveWatch {
    const watch = new LiveWatch(store, lanes);
    void watch.#run(clock);
    return watch;
  }

  /** Once every lane is live they stay so; `unknown` while the lane that is not has folded nothing, or cannot be read. */
  get state(): IngestState {
    return this.#state;
  }

  get isLive(): boolean {
    return this.#state.lanes === 'live' || this.#state.lanes === 'ahead';
  }

  stop(): void {
    this.#stop.abort();
  }

  async #run(clock: Clock): Promise<void> {
    const { signal } = this.#stop;
    for (let lane = 0; lane < this.#lanes; ) {
      const clockOfLane = (await this.#readLane(lane))?.clock ?? null;
      if (clockOfLane === 'live') lane++;
      else {
        this.#state = { lanes: clockOfLane === null ? 'unknown' : 'replaying', earliestAt: null, currency: null };
        await clock.sleep(POLL_MS, signal);
      }
      if (signal.aborted) return;
    }
    while (!signal.aborted) {
      this.#state = await this.#readLive(clock.now());
      await clock.sleep(AHEAD_POLL_MS, signal);
    }
  }

  async #readLive(now: TimeMs): Promise<IngestState> {
    const read = await Promise.all(Array.from({ length: this.#lanes }, (_, lane) => this.#readLane(lane)));
    const isAhead = read.some(
      (lane) => lane !== null && laneAheadMs(lane.clock, lane.streamTime, now) > LANE_AHEAD_MS_MAX,
    );
    const policies = read.flatMap((lane) => (lane === null ? [] : policiesIn(lane)));
    const times = policies.map(({ events }) => events.earliestAt);
    return {
      lanes: isAhead ? 'ahead' : 'live',
      earliestAt: times.length === 0 ? this.#state.earliestAt : (Math.min(...times) as TimeMs),
      currency: policies[0]?.currency.base ?? this.#state.currency,
    };
  }

  async #readLane(lane: number): Promise<LaneState | null> {
    try {
      return readLaneState(lane, await this.#store.metas(lane), this.#memo);
    } catch (error) {
      // Whoever reads the lane says what is wrong with it.
      if (error instanceof OperatingError || error instanceof QueryError) return null;
      throw error;
    }
  }
}

/** While a policy comes into force there are two: what one of them allows is not refused. */
function policiesIn({ services }: LaneState): Policy[] {
  return [...services.values()].flatMap(({ rules }) => (rules === null ? [] : [rules.policy]));
}
