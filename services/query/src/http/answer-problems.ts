import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply } from 'fastify';
import type { ServerPorts } from '../ports.ts';
import { PROBLEM_MEDIA_TYPE, Problem } from '../problems/problem.ts';
import { isInternal, problemOfError } from '../problems/problem-of-error.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

/** Answers any error with its problem document. What a client cannot mend goes to the log, under the document's id. */
export function answerProblem(error: unknown, reply: FastifyReply, logger: ServerPorts['logger']) {
  const problem = problemOfError(error);
  if (isInternal(problem)) logger.error({ err: error, instance: problem.instance }, 'a request failed');
  return reply
    .status(problem.status)
    .headers({ ...SECURITY_HEADERS, ...problem.headers })
    .type(PROBLEM_MEDIA_TYPE)
    .send(problem.toText());
}

/** Answers bytes that are no HTTP, or too much of it, before there is a request. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const problem = clientProblem(error.code);
  const body = problem.toText();
  const headers = {
    ...SECURITY_HEADERS,
    'content-type': PROBLEM_MEDIA_TYPE,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  // An answer that has begun must not have another in its midst.
  if (socket.writable && socket.bytesWritten === 0) {
    socket.write([`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`, ...head, '', body].join('\r\n'));
  }
  socket.destroySoon();
}

function clientProblem(code: string | undefined): Problem {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new Problem('request-timeout', 'Expected the whole request sooner.');
  if (code === 'HPE_HEADER_OVERFLOW') return new Problem('headers-too-large', 'Expected at most 16 KiB of them.');
  return new Problem('invalid-request', 'Expected a request of HTTP/1.1.');
}
