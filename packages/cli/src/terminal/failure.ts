import { ConfigError } from '@tidemark/config';
import { ContractError } from '@tidemark/contracts';
import { QueryError } from '@tidemark/query';
import { StartRefused } from '@tidemark/service';
import { DatasetError, ReplayError } from '@tidemark/service-simulate';
import { Fault, OperatingError } from '@tidemark/stream';
import { EXIT } from './exit-codes.ts';

/** What was asked for cannot be done. The message says what was expected, what was found, where, and what to do. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly exitCode: number;
  constructor(message: string, exitCode: number = EXIT.failed) {
    super(asSentence(message));
    this.exitCode = exitCode;
  }
}

const OUTSIDE_ERRORS = [
  OperatingError,
  Fault,
  DatasetError,
  ReplayError,
  ContractError,
  ConfigError,
  QueryError,
  StartRefused,
];

/** The failure to tell a person about, or null if the error is a bug of ours. */
export function asFailure(error: unknown): Failure | null {
  if (error instanceof Failure) return error;
  if (error instanceof QueryError && error.code !== 'invalid-cursor')
    return new Failure(`${error.message} ${START_OVER}`);
  for (const kind of OUTSIDE_ERRORS) if (error instanceof kind) return new Failure(error.message);
  return null;
}

/** What the state of one data folder allows besides. */
const START_OVER = 'With a data set to replay, start over with `npm start -- --fresh`.';

function asSentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
