import { embeddedSchemaIds } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { type EventTopic, encodeEvent } from '@tidemark/producer';
import type { LiveState } from '@tidemark/runtime';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import type { EventIngest, HealthReport, OperationsPort } from '../ports.ts';
import type { QueryOptions } from '../query-options.ts';
import { startServer } from '../start-server.ts';
import { ManualClock } from './manual-clock.ts';
import { MemoryReader } from './memory-reader.ts';

export const TOKENS = {
  reader: 'reader-token-0123456',
  producer: 'producer-token-012345',
  operator: 'operator-token-01234',
};
export const WITH_TOKENS = { reader: [TOKENS.reader], producer: [TOKENS.producer], operator: [TOKENS.operator] };
export const WITHOUT_TOKENS = { reader: [], producer: [], operator: [] };

/** What a stop may take. */
const STOP_MS_MAX = 2_000;

/** A server on a free port of loopback, stopped when the test is finished. */
export async function startTestServer(options: Partial<QueryOptions> & { readonly ingest?: EventIngest } = {}) {
  const reader = new MemoryReader();
  const clock = new ManualClock();
  const lines: Record<string, unknown>[] = [];
  const logger = pino({ level: 'debug', base: null }, { write: (line) => void lines.push(JSON.parse(line)) });
  const telemetry = new MemoryOperations();
  const ingest = options.ingest ?? new MemoryIngest();
  const server = await startServer(
    { reader, ingest, telemetry, logger, clock },
    { host: '127.0.0.1', port: 0, tokens: WITHOUT_TOKENS, rateLimitPerSecond: 1_000_000, streamsMax: 100, ...options },
  );
  onTestFinished(async () => {
    const stopping = server.stop();
    // A connection that a client opened ahead of any request would be waited for.
    clock.advance(STOP_MS_MAX);
    await stopping;
  });
  const get = (path: string, init: RequestInit = {}) => fetch(`${server.url}${path}`, { redirect: 'manual', ...init });
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    get(path, {
      method: 'POST',
      body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    });
  return { ...server, server, reader, clock, lines, telemetry, ingest: ingest as MemoryIngest, get, post };
}

class MemoryIngest implements EventIngest {
  lanes: LiveState = 'live';
  earliestAt: TimeMs | null = null;
  failure: Error | null = null;
  readonly sent: { readonly topic: EventTopic; readonly records: number }[] = [];

  encode(topic: EventTopic, event: unknown, earliestAt: TimeMs | null) {
    return encodeEvent(topic, event, embeddedSchemaIds, earliestAt ?? undefined);
  }

  async send(topic: EventTopic, records: readonly unknown[]) {
    if (this.failure) throw this.failure;
    this.sent.push({ topic, records: records.length });
    return records.map((_, index) => ({ lane: 3, offset: 100 + index }));
  }

  async state() {
    return { lanes: this.lanes, earliestAt: this.earliestAt, currency: null };
  }
}

class MemoryOperations implements OperationsPort {
  storeIsAway = false;

  async metrics() {
    return '# TYPE tidemark_up gauge\ntidemark_up 1\n';
  }

  live(): HealthReport {
    return { ok: true, checks: [] };
  }

  async ready(): Promise<HealthReport> {
    const ok = !this.storeIsAway;
    return { ok, checks: [{ name: 'store', ok, detail: ok ? 'answers' : 'expected an answer, found none' }] };
  }
}

/** The problem document of an answer, checked for what every one must have. */
export async function problemOf(response: Response) {
  const body = (await response.json()) as {
    type: string;
    title: string;
    status: number;
    detail?: string;
    instance?: string;
    errors?: readonly { index?: number; field: string; expected: string; found: string }[];
  };
  const mediaType = response.headers.get('content-type')?.split(';')[0];
  if (mediaType !== 'application/problem+json' || body.status !== response.status || !body.title) {
    throw new Error(`expected a problem document, found ${mediaType}: ${JSON.stringify(body)}`);
  }
  return { ...body, kind: body.type.replace('urn:tidemark:problem:', '') };
}
