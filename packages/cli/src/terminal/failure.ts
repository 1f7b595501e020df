import { ConfigError, describeProblem } from '@tidemark/config';
import { TidemarkError } from '@tidemark/domain';
import { QueryError } from '@tidemark/reading';
import { Fault, OperatingError } from '@tidemark/stream';
import { runbook } from '@tidemark/telemetry';
import { EXIT } from './exit-codes.ts';

/**
 * What was asked for cannot be done. The message says what was expected, what was found, where, and what to do, in one
 * line; `details` are the lines below it.
 */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly exitCode: number;
  readonly details: readonly string[];
  constructor(message: string, exitCode: number = EXIT.failed, details: readonly string[] = []) {
    super(details.length === 0 ? asSentence(message) : capitalise(message));
    this.exitCode = exitCode;
    this.details = details;
  }
}

/** The failure to tell a person about, or null if the error is a bug of ours. */
export function asFailure(error: unknown): Failure | null {
  if (error instanceof Failure) return error;
  if (error instanceof QueryError && error.code === 'upgrading') return new Failure(error.message);
  if (error instanceof QueryError && error.code !== 'invalid-cursor')
    return new Failure(`${error.message} ${START_OVER}`);
  if (error instanceof OperatingError) return new Failure(withMore(error.message, runbook.outage(error.code)));
  if (error instanceof Fault) return new Failure(withMore(error.message, runbook.fault(error.code)));
  if (error instanceof ConfigError) {
    return new Failure('invalid configuration:', EXIT.failed, error.problems.map(describeProblem));
  }
  return error instanceof TidemarkError ? new Failure(error.message) : null;
}

/** What the state of one pipeline allows besides. */
const START_OVER =
  'With a data set to replay, start over with `npm start -- --fresh`, on servers in another namespace.';

function withMore(message: string, where: string): string {
  return `${asSentence(message)} More in ${where}.`;
}

function asSentence(message: string): string {
  const text = capitalise(message);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function capitalise(message: string): string {
  return message.charAt(0).toUpperCase() + message.slice(1);
}
