import type { TierChangeJson } from '@tidemark/contracts';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { ConsumerError } from './consumer-error.ts';
import type { SourcedChange, TierChangeSource } from './tier-change-source.ts';

export interface HttpSourceOptions {
  /** Where Tidemark listens, such as `http://127.0.0.1:8080`; a path before `/v1` is kept. */
  readonly url: string;
  readonly token?: string | undefined;
  /** Silence after which the connection counts as broken; Tidemark says something every 15 s. */
  readonly idleTimeoutMs?: number | undefined;
  readonly fetch?: typeof fetch | undefined;
}

/** A tier change has a few kilobytes; more than this is something else. */
const EVENT_CHARACTERS_MAX = 4_194_304;

/** Reads `GET /v1/tier-changes`, server-sent events. Throws a TypeError for a URL that is none. */
export function httpSource(options: HttpSourceOptions): TierChangeSource {
  const { url, token, idleTimeoutMs = 45_000, fetch: request = fetch } = options;
  const base = new URL(url.endsWith('/') ? url : `${url}/`);
  return {
    async *open(at, signal) {
      const target = new URL('v1/tier-changes', base);
      const headers: Record<string, string> = { accept: 'text/event-stream' };
      if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
      if (at === 'start') target.searchParams.set('from', 'start');
      if (typeof at === 'object') headers['last-event-id'] = at.cursor;

      const done = new AbortController();
      const idle = new IdleTimer(idleTimeoutMs, done);
      try {
        const aborted = AbortSignal.any([signal, done.signal]);
        const response = await idle.watch(base, request(target, { headers, signal: aborted, redirect: 'manual' }));
        const body = await checkResponse(response, base);
        yield* readChanges(body.getReader(), (read) => idle.watch(base, read));
      } finally {
        done.abort();
      }
    },
  };
}

/** Breaks a connection that says nothing for too long, but only while someone waits for it to speak. */
class IdleTimer {
  readonly #idleTimeoutMs: number;
  readonly #connection: AbortController;

  constructor(idleTimeoutMs: number, connection: AbortController) {
    this.#idleTimeoutMs = idleTimeoutMs;
    this.#connection = connection;
  }

  async watch<T>(base: URL, speaking: Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.#connection.abort(), this.#idleTimeoutMs);
    try {
      return await speaking;
    } catch (error) {
      const isIdle = this.#connection.signal.aborted;
      const found = isIdle ? `nothing for ${this.#idleTimeoutMs} ms` : 'no connection, or one that broke';
      const message = `expected tier changes of ${base.origin}, found ${found}`;
      throw new ConsumerError('unreachable', message, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;
type Chunk = Awaited<ReturnType<Reader['read']>>;

/** The changes of each chunk that arrives; none where it holds but a heartbeat. */
async function* readChanges(
  reader: Reader,
  watch: (read: Promise<Chunk>) => Promise<Chunk>,
): AsyncGenerator<readonly SourcedChange[]> {
  let arrived: SourcedChange[] = [];
  // Tidemark also says where a stream stands without a change: the parser gives a block's id, then its event if it has one.
  let bareCursor: string | null = null;
  const takeBareCursor = () => {
    if (bareCursor !== null) arrived.push({ cursor: readCursor(bareCursor), change: null });
    bareCursor = null;
  };
  const parser = createParser({
    maxBufferSize: EVENT_CHARACTERS_MAX,
    onId(id) {
      takeBareCursor();
      bareCursor = id;
    },
    onEvent(event) {
      if (event.event !== 'tier-change') return;
      bareCursor = null;
      arrived.push(readChange(event));
    },
    onError(error) {
      if (error.type === 'max-buffer-size-exceeded') throw notAChange('an endless event');
    },
  });
  const decoder = new TextDecoder();
  for (;;) {
    const { done, value } = await watch(reader.read());
    if (done) return;
    parser.feed(decoder.decode(value, { stream: true }));
    takeBareCursor();
    yield arrived;
    arrived = [];
  }
}

function readChange({ id, data }: EventSourceMessage): SourcedChange {
  const cursor = readCursor(id);
  const change = parseJson(data) as Partial<TierChangeJson> | null;
  const isChange =
    Number.isInteger(change?.lane) && Number.isInteger(change?.number) && typeof change?.customerId === 'string';
  if (!isChange) throw notAChange('other data');
  return { cursor, change: change as TierChangeJson };
}

/** It goes into a header again. */
function readCursor(id: string | undefined): string {
  if (id === undefined || !/^[\x21-\x7e]+$/.test(id)) throw notAChange('none, or one that is no cursor');
  return id;
}

function notAChange(found: string): ConsumerError {
  return new ConsumerError('unexpected-answer', `expected a tier change with its cursor, found ${found}`);
}

/** The stream of a good answer. Throws ConsumerError for any other. */
async function checkResponse(response: Response, base: URL): Promise<ReadableStream<Uint8Array>> {
  const { status, headers, body } = response;
  const isStream = headers.get('content-type')?.startsWith('text/event-stream') === true;
  if (status === 200 && isStream && body !== null) return body;
  await body?.cancel();
  const found = `found status ${status}`;
  if (status === 400) {
    const message = `expected the stored place to be one of this pipeline, ${found}. Bring the right one back, or begin with another`;
    throw new ConsumerError('bad-cursor', message);
  }
  if (status === 401 || status === 403) {
    throw new ConsumerError('not-authorised', `expected to be allowed to read tier changes, ${found}. Check the token`);
  }
  if (status === 408 || status === 429 || status >= 500) {
    const seconds = headers.get('retry-after') ?? '';
    const retryAfterMs = /^\d{1,9}$/.test(seconds) ? Number(seconds) * 1_000 : null;
    throw new ConsumerError('unavailable', `expected tier changes, ${found}`, { retryAfterMs });
  }
  const message = `expected a stream of events with status 200, ${found}: is ${base.origin} Tidemark's URL?`;
  throw new ConsumerError('unexpected-answer', message);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
