import { ContractError } from '@tidemark/contracts';
import { type Clock, OperatingError, type OperatingErrorCode } from '@tidemark/stream';
import { outageAdvice } from '../advice.ts';
import { runbook } from '../runbook.ts';
import type { HealthCheck } from './health-report.ts';

const ANSWER_WITHIN_MS = 1_000;
/** Whoever asks again sooner gets the same answer: health must not be a load. */
const CACHED_MS = 1_000;

export type Outside = 'log' | 'store' | 'registry';

/** Asks something outside whether it answers. */
export class Probe {
  readonly #name: Outside;
  readonly #question: () => Promise<unknown>;
  readonly #clock: Clock;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #newest: Promise<HealthCheck> | null = null;

  constructor(name: Outside, question: () => Promise<unknown>, clock: Clock) {
    this.#name = name;
    this.#question = question;
    this.#clock = clock;
  }

  /** Never rejects. */
  check(): Promise<HealthCheck> {
    const nowMs = this.#clock.elapsedMs();
    if (this.#newest === null || nowMs - this.#askedAtMs >= CACHED_MS) {
      this.#askedAtMs = nowMs;
      this.#newest = this.#ask();
    }
    return this.#newest;
  }

  async #ask(): Promise<HealthCheck> {
    const name = this.#name;
    const abort = new AbortController();
    const answered = (async () => {
      await this.#question();
      return { name, ok: true, detail: 'answers' };
    })().catch((error: unknown) => ({ name, ok: false, detail: this.#describe(error) }));
    const late = this.#clock.sleep(ANSWER_WITHIN_MS, abort.signal).then(() => ({
      name,
      ok: false,
      detail: `expected an answer within ${ANSWER_WITHIN_MS} ms, found none: ${this.#advice()}`,
    }));
    const check = await Promise.race([answered, late]);
    abort.abort();
    return check;
  }

  #describe(error: unknown): string {
    if (error instanceof OperatingError) return `expected an answer, found ${error.code}: ${adviceOn(error.code)}`;
    return error instanceof ContractError && error.code === 'registry-unavailable'
      ? `expected an answer, found ${error.code}: ${this.#advice()}`
      : `expected an answer, found an error that is not known: ${this.#advice()}, and look at the log lines`;
  }

  #advice(): string {
    return adviceOn(`${this.#name}-unavailable`);
  }
}

function adviceOn(code: OperatingErrorCode): string {
  return `${outageAdvice[code]} (${runbook.outage(code)})`;
}
