import type { TimeMs } from '@tidemark/domain';
import type { Clock, Lane, ProfileReader } from '@tidemark/stream';

/** Where the folds' timers are: a hint, of which nothing but the pace of ticks comes. */
export type TimerHint = Pick<ProfileReader, 'firstTimerAfter'>;

export interface QuietTicksOptions {
  /** Between two looks at the timers of a silent lane; without an answer, between two ticks. */
  readonly tickMs: number;
  /** A lane that was silent for this long gets a tick, whatever the timers say. */
  readonly quietTickMs: number;
}

/** What was found for a lane whose log time has been the same since. */
interface Look {
  readonly logTime: TimeMs;
  readonly startedAtMs: number;
  /** When the first timer is due that is later than the log time; null: none; unknown: nobody has answered. */
  firstTimer: TimeMs | null | 'asked' | 'unknown';
}

/**
 * When a silent lane gets a tick: as a timer comes due that waits for one, and else now and then. Timers that are due by
 * the log time already wait for a fold, which no tick brings further.
 */
export class QuietTicks {
  readonly #lane: Lane;
  readonly #timers: TimerHint | undefined;
  readonly #clock: Clock;
  readonly #options: QuietTicksOptions;
  readonly #wake: () => void;
  #look: Look | null = null;

  /** `wake`: there is an answer, by which `waitMs` may be another. */
  constructor(lane: Lane, timers: TimerHint | undefined, clock: Clock, options: QuietTicksOptions, wake: () => void) {
    this.#lane = lane;
    this.#timers = timers;
    this.#clock = clock;
    this.#options = options;
    this.#wake = wake;
  }

  /** In how many ms to tick, or to ask again; at most 0: a tick is due. */
  waitMs(logTime: TimeMs): number {
    const { tickMs, quietTickMs } = this.#options;
    const now = this.#clock.now();
    const silentMs = now - logTime;
    if (silentMs < tickMs) return tickMs - Math.max(silentMs, 0);
    if (this.#timers === undefined || silentMs >= quietTickMs) return 0;
    const { firstTimer, startedAtMs } = this.#lookAt(logTime, this.#timers);
    const untilNextLookMs = startedAtMs + tickMs - this.#clock.elapsedMs();
    if (firstTimer === 'asked') return untilNextLookMs;
    if (firstTimer === 'unknown') return 0;
    const untilDueMs = firstTimer === null ? Number.POSITIVE_INFINITY : firstTimer - now;
    return Math.min(untilDueMs, Math.max(untilNextLookMs, 1), quietTickMs - silentMs);
  }

  /** The newest look, or a new one where that is a tick old. One that is not answered by then counts for no answer. */
  #lookAt(logTime: TimeMs, timers: TimerHint): Look {
    const known = this.#look;
    const isFresh = known !== null && this.#clock.elapsedMs() - known.startedAtMs < this.#options.tickMs;
    if (known?.logTime === logTime && (isFresh || known.firstTimer === 'asked')) return known;
    const look: Look = { logTime, startedAtMs: this.#clock.elapsedMs(), firstTimer: 'asked' };
    this.#look = look;
    timers.firstTimerAfter(this.#lane, logTime).then(
      (firstTimer) => this.#answered(look, firstTimer),
      () => this.#answered(look, 'unknown'),
    );
    return look;
  }

  #answered(look: Look, firstTimer: TimeMs | null | 'unknown'): void {
    look.firstTimer = firstTimer;
    this.#wake();
  }
}
