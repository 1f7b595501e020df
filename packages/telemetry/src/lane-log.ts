import { type Clock, type Fault, type Lane, OperatingError } from '@tidemark/stream';
import type { Logger } from 'pino';
import { CLOCK_AHEAD_ADVICE } from './advice.ts';
import { safeError } from './log/safe-error.ts';
import { runbook } from './runbook.ts';
import { Throttle } from './throttle.ts';

/** What may happen thousands of times for one cause gets a line at first, and then at most one in this time. */
const REPEATED_EVERY_MS = 60_000;

/**
 * One line for each event of operation, with service, lane, place, and where the runbook has it. Nothing for what goes as it
 * should, chunk by chunk.
 */
export class LaneLog {
  readonly #logger: Logger;
  readonly #repeated: Throttle;

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#repeated = new Throttle(clock, REPEATED_EVERY_MS);
  }

  /** `offset`: the timeline offset at which the lane stands; null for unify, which has a place in each topic. */
  acquired(service: string, lane: Lane, offset: number | null): void {
    this.#logger.info({ service, lane, ...(offset === null ? {} : { offset }) }, 'lane acquired');
  }

  clockAhead(service: string, lane: Lane, aheadMs: number): void {
    const fields = { service, lane, aheadMs, runbook: runbook.alert('TidemarkLaneClockAhead') };
    this.#logger.error(fields, `the lane's clock is ahead of the wall clock: ${CLOCK_AHEAD_ADVICE}`);
  }

  ended(service: string, lane: Lane, version: number): void {
    this.#logger.info({ service, lane, version }, 'lane ended: a later version of the fold tells from here on');
  }

  refused(service: string, lane: Lane): void {
    this.#logger.warn({ service, lane }, 'commit refused: another owner was first, the lane is acquired again');
  }

  /** One line for all lanes: what is away is away for all of them. Metrics and readiness tell of each. */
  retried(service: string, lane: Lane, error: OperatingError): void {
    const count = this.#repeated.take(`retry ${service} ${error.code}`);
    if (count === null) return;
    const { code, message } = error;
    this.#logger.warn({ service, lane, code, count, runbook: runbook.outage(code) }, message);
  }

  faulted(service: string, lane: Lane, { code, message }: Fault): void {
    this.#logger.error({ service, lane, code, runbook: runbook.fault(code) }, `lane stopped: ${message}`);
  }

  poisoned(service: string, lane: Lane, error: unknown): void {
    const { name, stack } = safeError(error);
    const count = this.#repeated.take(`poison ${service} ${lane} ${name} ${stack[0] ?? ''}`);
    if (count === null) return;
    this.#logger.error(
      { service, lane, error: name, count, runbook: runbook.deadLetter('poison'), stack },
      'a fold threw on a record, which is in dead-letters',
    );
  }

  /** An operating error that does not go away by itself ends a lane as a bug does, but is none. */
  crashed(service: string, lane: Lane, error: unknown): void {
    if (error instanceof OperatingError) {
      const { code, message } = error;
      this.#logger.fatal({ service, lane, code, runbook: runbook.outage(code) }, `lane ended: ${message}`);
      return;
    }
    const fields = { service, lane, runbook: runbook.alert('TidemarkCrash'), err: safeError(error) };
    this.#logger.fatal(fields, 'a programmer error ended the lane');
  }
}
