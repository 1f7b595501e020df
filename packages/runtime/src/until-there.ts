import { ContractError } from '@tidemark/contracts';
import { TidemarkError } from '@tidemark/domain';
import { type Clock, OperatingError } from '@tidemark/stream';
import { runbook } from '@tidemark/telemetry';
import type { Announcer } from './announcer.ts';

export interface Waiting {
  readonly clock: Clock;
  readonly announcer: Announcer;
  /** Ends the wait. */
  readonly signal: AbortSignal;
  /** Told what is waited for, whenever that is known anew. */
  readonly onWait?: (message: string) => void;
}

/** Something that a person has to do, and that may be done while the process waits. */
export class NotYet extends TidemarkError<'not-yet'> {
  override readonly name = 'NotYet';

  constructor(message: string) {
    super('not-yet', message, { retriable: true });
  }
}

/** The process was asked to stop while it waited. */
export class WaitStopped extends Error {
  override readonly name = 'WaitStopped';
}

const FIRST_PAUSE_MS = 200;
const PAUSE_MS_MAX = 5_000;

/**
 * Tries until it works, with growing pauses: what is away at the start comes back by itself or by a person. Says once what
 * it waits for, and every minute again. Whatever does not pass is thrown at once; `WaitStopped` when the signal aborts.
 */
export async function untilThere<Result>(attempt: () => Promise<Result>, waiting: Waiting): Promise<Result> {
  const { clock, announcer, signal, onWait } = waiting;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX)) {
    if (signal.aborted) throw new WaitStopped();
    try {
      return await attempt();
    } catch (error) {
      if (!passes(error)) throw error;
      onWait?.(error.message);
      announcer.warn(fieldsOf(error), `waiting: ${error.message}`);
    }
    await clock.sleep(pauseMs, signal);
  }
}

/** What passes of the contracts' errors is the registry's alone. */
function fieldsOf(error: Error): object {
  if (error instanceof NotYet) return {};
  const code = error instanceof OperatingError ? error.code : 'registry-unavailable';
  return { code, runbook: runbook.outage(code) };
}

function passes(error: unknown): error is Error {
  if (error instanceof NotYet) return true;
  if (error instanceof OperatingError) return error.retriable;
  return error instanceof ContractError && error.code === 'registry-unavailable';
}
