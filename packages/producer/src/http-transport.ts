import type { FieldProblem } from './event-error.ts';
import type { EventTopic } from './event-records.ts';
import { parseRetryAfterMs } from './parse-retry-after.ts';
import {
  DeliveryError,
  type OutgoingEvent,
  type Position,
  type ProducerTransport,
  RefusedEvents,
} from './transport.ts';

/** Records in one request, at most. */
export const REQUEST_RECORDS_MAX = 1_000;
/** Bytes of one request's body, at most. */
export const REQUEST_BYTES_MAX = 4_194_304;

export interface HttpTransportOptions {
  /** Where Tidemark listens, such as `http://127.0.0.1:8080`; a path before `/v1` is kept. */
  readonly url: string;
  readonly token?: string | undefined;
  /** For one request, answer included. */
  readonly timeoutMs?: number | undefined;
  readonly fetch?: typeof fetch | undefined;
}

const HEAD = '{"records":[';
const TAIL = ']}';

/** Sends by `POST /v1/topics/{topic}/records`. Throws a TypeError for a URL that is none. */
export function httpTransport(options: HttpTransportOptions): ProducerTransport {
  const { url, token, timeoutMs = 30_000, fetch: request = fetch } = options;
  const base = new URL(url.endsWith('/') ? url : `${url}/`);
  const headers: Record<string, string> = { 'content-type': 'application/json', accept: 'application/json' };
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`;

  return {
    eventsMax: REQUEST_RECORDS_MAX,
    // Room for the commas and what stands around the records.
    bytesMax: REQUEST_BYTES_MAX - REQUEST_RECORDS_MAX - HEAD.length - TAIL.length,
    async send(topic, events) {
      const body = HEAD + events.map((event) => event.json).join(',') + TAIL;
      const target = new URL(`v1/topics/${topic}/records`, base);
      const signal = AbortSignal.timeout(timeoutMs);
      let response: Response;
      let text: string;
      try {
        // A redirect would turn the POST into a GET.
        response = await request(target, { method: 'POST', headers, body, signal, redirect: 'manual' });
        text = await response.text();
      } catch (error) {
        const found = signal.aborted ? `none within ${timeoutMs} ms` : 'no connection, or one that broke';
        throw new DeliveryError('unreachable', `expected an answer of ${base.origin}, found ${found}`, {
          cause: error,
        });
      }
      if (response.status === 200) return readPositions(text, events);
      throw failureOf(response, text, topic, events);
    },
  };
}

function readPositions(text: string, events: readonly OutgoingEvent[]): Position[] {
  const positions = (parseJson(text) as { positions?: unknown } | null)?.positions;
  if (!Array.isArray(positions) || positions.length !== events.length || !positions.every(isPosition)) {
    const message = `expected a position for each of ${events.length} records, found another answer: is this Tidemark's URL?`;
    throw new DeliveryError('unexpected-answer', message);
  }
  return positions.map(({ lane, offset }) => ({ lane, offset }));
}

function isPosition(value: unknown): value is Position {
  const { lane, offset } = (value ?? {}) as Partial<Position>;
  return Number.isInteger(lane) && Number.isInteger(offset);
}

function failureOf(response: Response, text: string, topic: EventTopic, events: readonly OutgoingEvent[]): Error {
  const { status } = response;
  const found = `found status ${status}${titleOf(text)}`;
  if (status === 400) {
    const problems = readProblems(text, events.length);
    if (problems.size > 0) return new RefusedEvents(problems);
  }
  if (status === 401 || status === 403) {
    const message = `expected to be allowed to write to ${topic}, ${found}. Check the token`;
    return new DeliveryError('not-authorised', message);
  }
  if (status === 409) {
    const message = `expected a live pipeline, ${found}. Start it with: npx tidemark up --live`;
    return new DeliveryError('not-live', message);
  }
  if (status === 413) {
    const message = `expected room for ${events.length} records, ${found}. Lower batchBytesMax`;
    return new DeliveryError('too-large', message);
  }
  if (status === 408 || status === 429 || status >= 500) {
    const retryAfterMs = parseRetryAfterMs(response.headers.get('retry-after'), response.headers.get('date'));
    return new DeliveryError('unavailable', `expected the events to be taken, ${found}`, { retryAfterMs });
  }
  return new DeliveryError('unexpected-answer', `expected status 200, ${found}: is this Tidemark's URL?`);
}

/** The server's `errors` by record; empty if there are none to be read. */
function readProblems(text: string, recordCount: number): Map<number, FieldProblem[]> {
  const errors = (parseJson(text) as { errors?: unknown } | null)?.errors;
  const problems = new Map<number, FieldProblem[]>();
  for (const error of Array.isArray(errors) ? errors : []) {
    const { index, field, expected, found } = (error ?? {}) as Record<string, unknown>;
    if (typeof index !== 'number' || !Number.isInteger(index) || index < 0 || index >= recordCount) continue;
    const problem = { field: String(field), expected: String(expected), found: String(found) };
    problems.set(index, [...(problems.get(index) ?? []), problem]);
  }
  return problems;
}

/** What a problem document (RFC 9457) says about all of its kind, which is nobody's data. */
function titleOf(text: string): string {
  const title = (parseJson(text) as { title?: unknown } | null)?.title;
  return typeof title === 'string' ? ` (${title.slice(0, 200)})` : '';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
