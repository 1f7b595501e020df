import type { TimeMs } from '@tidemark/domain';
import type { Clock, EventLog, Lane, ProfileReader, Topic } from '@tidemark/stream';
import type { WatchedLane } from './status.ts';

/** What had to be asked of the log and the store. */
export interface LaneSample {
  readonly takenAtMs: number;
  readonly lanes: readonly SampledLane[];
  /** Questions without an answer. */
  readonly failures: number;
}

export interface SampledLane {
  readonly lane: WatchedLane;
  /** Records behind, by topic; a topic whose end is not known is absent. */
  readonly lag: ReadonlyMap<Topic, number>;
  /** Null: not known, or there are no timers. */
  readonly overdueTimers: number | null;
}

export interface SamplerPorts {
  readonly clock: Clock;
  readonly log: Pick<EventLog, 'bounds'>;
  readonly store: Pick<ProfileReader, 'timersDue'> | null;
}

/** At most one sampling in this time, whoever asks: it costs a question per lane and topic, and one per lane and fold. */
const SAMPLE_EVERY_MS = 5_000;
const ANSWER_WITHIN_MS = 2_000;

/** Samples the lanes; whoever asks while one is under way, or soon after, shares it. Never rejects. */
export class LaneSampler {
  readonly #ports: SamplerPorts;
  readonly #lanes: () => readonly WatchedLane[];
  readonly #onSample: (sample: LaneSample) => void;
  #startedAtMs = Number.NEGATIVE_INFINITY;
  #newest: Promise<LaneSample> | null = null;

  constructor(ports: SamplerPorts, lanes: () => readonly WatchedLane[], onSample: (sample: LaneSample) => void) {
    this.#ports = ports;
    this.#lanes = lanes;
    this.#onSample = onSample;
  }

  sample(): Promise<LaneSample> {
    const nowMs = this.#ports.clock.elapsedMs();
    if (this.#newest === null || nowMs - this.#startedAtMs >= SAMPLE_EVERY_MS) {
      this.#startedAtMs = nowMs;
      this.#newest = this.#take(nowMs);
    }
    return this.#newest;
  }

  async #take(takenAtMs: number): Promise<LaneSample> {
    const answers = new Answers(this.#ports.clock);
    const ends = new Map<string, Promise<number | null>>();
    const { log, store } = this.#ports;
    const endOf = (topic: Topic, lane: Lane): Promise<number | null> => {
      const place = `${topic} ${lane}`;
      const known = ends.get(place) ?? answers.ask(() => log.bounds(topic, lane).then(({ end }) => end));
      ends.set(place, known);
      return known;
    };
    const overdueOf = ({ service, lane, time, hasTimers }: WatchedLane): Promise<number | null> =>
      time === null || !hasTimers || store === null
        ? Promise.resolve(null)
        : answers.ask(() => store.timersDue(service, lane, time as TimeMs));
    const lanes = await Promise.all(
      this.#lanes().map(async (lane) => {
        const asked = [...lane.next].map(
          async ([topic, next]) => [topic, next, await endOf(topic, lane.lane)] as const,
        );
        const [overdueTimers, places] = await Promise.all([overdueOf(lane), Promise.all(asked)]);
        const lag = new Map<Topic, number>();
        for (const [topic, next, end] of places) if (end !== null) lag.set(topic, Math.max(0, end - next));
        return { lane, lag, overdueTimers };
      }),
    );
    answers.close();
    const sample = { takenAtMs, lanes, failures: answers.failures };
    this.#onSample(sample);
    return sample;
  }
}

/** Questions with one time limit for all of them. */
class Answers {
  failures = 0;
  readonly #abort = new AbortController();
  readonly #limit: Promise<'late'>;

  constructor(clock: Clock) {
    this.#limit = clock.sleep(ANSWER_WITHIN_MS, this.#abort.signal).then(() => 'late');
  }

  /** Null if the answer is late or an error: who samples has nothing to say about why. */
  async ask<Answer>(question: () => Promise<Answer>): Promise<Answer | null> {
    const asked = (async () => question())().catch(() => 'failed' as const);
    const answer = await Promise.race([asked, this.#limit]);
    if (answer !== 'late' && answer !== 'failed') return answer as Answer;
    this.failures++;
    return null;
  }

  close(): void {
    this.#abort.abort();
  }
}
