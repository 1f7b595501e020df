import { randomUUID } from 'node:crypto';
import { ContractError } from '@tidemark/contracts';
import { QueryError } from '@tidemark/reading';
import { OperatingError } from '@tidemark/stream';
import type { FastifyError } from 'fastify';
import { INGEST_BYTES_MAX } from '../http/bounds.ts';
import { describeInvalidRequest } from './invalid-request.ts';
import { Problem } from './problem.ts';

/** The problem to answer with for any error. An `internal-error` is a bug or damage, and says nothing but its id. */
export function problemOfError(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if ((error instanceof OperatingError || error instanceof ContractError) && error.retriable) return unavailable(error);
  if (error instanceof QueryError && error.code === 'invalid-cursor') {
    return new Problem('invalid-cursor', sentenceOf(error));
  }
  // Whoever asks may be who can upgrade, and waiting for that is right.
  if (error instanceof QueryError && (error.code === 'policy-unreadable' || error.code === 'upgrading')) {
    return new Problem('unavailable', sentenceOf(error));
  }
  return isOfRequest(error) ? problemOfRequest(error) : internalError();
}

function sentenceOf({ message }: QueryError): string {
  return message.charAt(0).toUpperCase() + message.slice(1);
}

/** Whether whoever asks can do nothing about it, and an operator should know. */
export function isInternal(problem: Problem): boolean {
  return problem.kind === 'internal-error';
}

function internalError(): Problem {
  return new Problem('internal-error', '', { instance: `urn:uuid:${randomUUID()}` });
}

function unavailable({ code }: OperatingError | ContractError): Problem {
  return new Problem('unavailable', WHAT_TO_DO.get(code) ?? cannotBeReached(code), { headers: { 'retry-after': '1' } });
}

/** Where whoever asks may be who can mend it. */
const WHAT_TO_DO: ReadonlyMap<string, string> = new Map([
  [
    'data-folder-gone',
    'The data folder was removed while it was used, so nothing would be kept. Put it back, or start Tidemark again; then ' +
      'send again.',
  ],
  ['disk-full', 'The disk of the data folder is full, so nothing would be kept. Make room, then send again.'],
]);

function cannotBeReached(code: string): string {
  const part = code === 'store-unavailable' ? 'store' : code === 'log-unavailable' ? 'log' : 'schema registry';
  return `The ${part} cannot be reached; try again shortly.`;
}

/** Fastify gives its errors, and those of reading a body, the status that they should have. */
function isOfRequest(error: unknown): error is FastifyError {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : null;
  return typeof status === 'number' && status >= 400 && status < 500;
}

function problemOfRequest(error: FastifyError): Problem {
  switch (error.code) {
    case 'FST_ERR_VALIDATION':
      return describeInvalidRequest(error);
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new Problem('invalid-request', 'Expected a path whose percent-encoding is well-formed UTF-8.');
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem(
        'body-too-large',
        `Expected a body of at most ${INGEST_BYTES_MAX} bytes; send fewer records at a time.`,
      );
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_INVALID_TYPE':
      return new Problem('unsupported-media-type', 'Expected the header `content-type: application/json`.');
    default:
      return new Problem('invalid-request', 'Expected a whole body of well-formed JSON.');
  }
}
