import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { embeddedSchemaIds, laneOf } from '@tidemark/contracts';
import { encodeEvent } from '../encode-event.ts';
import { EventError } from '../event-error.ts';
import { type EventTopic, isEventTopic } from '../event-records.ts';

/** What happens to a request instead of an ordinary answer. */
export type Fault =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    }
  /** The connection breaks before anything was written, or after all was. */
  | { readonly kind: 'cut'; readonly written: boolean }
  /** No answer at all. */
  | { readonly kind: 'silence' };

export interface Written {
  readonly topic: EventTopic;
  readonly eventId: string;
  readonly customerId: string;
}

const LANES = 12;

/** Speaks the ingest contract over real sockets; drops repeats by eventId, as unify does. */
export class IngestServer {
  /** One for each request, in order; when there are no more, requests are answered. */
  readonly faults: (Fault | null)[] = [];
  /** What reached the log, repeats dropped. */
  readonly written: Written[] = [];
  /** Records in each request. */
  readonly requestSizes: number[] = [];
  readonly authorizations: (string | undefined)[] = [];
  readonly paths: string[] = [];
  /** Events of these orders are refused, as by a newer server with stricter rules. */
  readonly refusedOrders = new Set<string>();
  readonly #server: Server;
  readonly #nextOffsets = new Map<number, number>();
  readonly #seen = new Set<string>();

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(): Promise<IngestServer> {
    const server = new IngestServer();
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const fault = this.faults.shift() ?? null;
    const { records } = JSON.parse(await text(request)) as { records: unknown[] };
    this.requestSizes.push(records.length);
    this.authorizations.push(request.headers.authorization);
    this.paths.push(request.url ?? '');
    const topic = request.url?.split('/').at(-2) ?? '';
    if (!isEventTopic(topic)) return void response.writeHead(404).end();
    if (fault === null) return this.#write(topic, records, response);
    switch (fault.kind) {
      case 'status':
        response.writeHead(fault.status, fault.headers).end(fault.body);
        break;
      case 'cut':
        if (fault.written) this.#write(topic, records, null);
        request.socket.destroy();
        break;
      case 'silence':
        break;
    }
  }

  #write(topic: EventTopic, records: readonly unknown[], response: ServerResponse | null): void {
    const errors = records.flatMap((record, index) =>
      this.#problemsOf(topic, record).map((one) => ({ index, ...one })),
    );
    if (errors.length > 0) {
      response?.writeHead(400, { 'content-type': 'application/problem+json' });
      response?.end(JSON.stringify({ title: 'invalid records', status: 400, errors }));
      return;
    }
    const positions = records.map((record) => this.#append(topic, record));
    response?.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ positions }));
  }

  #problemsOf(topic: EventTopic, record: unknown) {
    try {
      encodeEvent(topic, record, embeddedSchemaIds);
    } catch (error) {
      if (error instanceof EventError) return error.problems;
      throw error;
    }
    const isRefused = this.refusedOrders.has((record as { orderId?: string }).orderId ?? '');
    return isRefused ? [{ field: 'orderId', expected: 'another', found: 'this one' }] : [];
  }

  #append(topic: EventTopic, record: unknown) {
    const { key, customerId, eventId } = encodeEvent(topic, record, embeddedSchemaIds);
    const lane = laneOf(key, LANES);
    const offset = this.#nextOffsets.get(lane) ?? 0;
    this.#nextOffsets.set(lane, offset + 1);
    if (!this.#seen.has(eventId)) this.written.push({ topic, eventId, customerId });
    this.#seen.add(eventId);
    return { lane, offset };
  }
}
