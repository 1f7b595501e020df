import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { TierChangeJson } from '@tidemark/contracts';

/** What happens on a connection instead of an ordinary stream. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Record<string, string> }
  | { readonly kind: 'page' }
  /** The connection breaks, or ends as it should, after so many changes. */
  | { readonly kind: 'cut' | 'end'; readonly after: number }
  /** Nothing is said after so many changes. */
  | { readonly kind: 'silence'; readonly after: number }
  /** So many changes before the place asked for come again. */
  | { readonly kind: 'repeat'; readonly count: number }
  /** Each change twice, in pieces of so many bytes. */
  | { readonly kind: 'pieces'; readonly bytes: number }
  | { readonly kind: 'garbage' };

/** Speaks the contract of `GET /v1/tier-changes` over real sockets. A cursor is `after-<count of changes>`. */
export class ChangeServer {
  /** The log: all lanes in one order. */
  readonly changes: TierChangeJson[] = [];
  /** One for each connection, in order; when there are no more, the log is streamed and the connection stays. */
  readonly faults: Fault[] = [];
  readonly requests: { url: string; lastEventId: string | undefined; authorization: string | undefined }[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(): Promise<ChangeServer> {
    const server = new ChangeServer();
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
    const lastEventId = request.headers['last-event-id'] as string | undefined;
    const { authorization } = request.headers;
    this.requests.push({ url: request.url ?? '', lastEventId, authorization });
    const fault = this.faults.shift();
    if (fault?.kind === 'status') return void response.writeHead(fault.status, fault.headers).end();
    if (fault?.kind === 'page') return void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(': alive\n\n');
    const first = this.#firstOf(request.url ?? '', lastEventId);
    response.write(`id: after-${first}\n\n`);
    switch (fault?.kind) {
      case 'cut':
        await writeAll(response, this.#events(first, first + fault.after));
        request.socket.destroy();
        return;
      case 'end':
        response.end(this.#events(first, first + fault.after));
        return;
      case 'silence':
        response.write(this.#events(first, first + fault.after));
        return;
      case 'repeat':
        response.write(this.#events(Math.max(0, first - fault.count)));
        return;
      case 'garbage':
        response.write('id: x\nevent: tier-change\ndata: {}\n\n');
        return;
      case 'pieces':
        return writePieces(response, this.#events(first) + this.#events(first), fault.bytes);
      default:
        response.write(this.#events(first));
    }
  }

  #firstOf(url: string, lastEventId: string | undefined): number {
    if (lastEventId !== undefined) return Number(lastEventId.replace('after-', ''));
    return url.endsWith('?from=start') ? 0 : this.changes.length;
  }

  #events(from: number, to?: number): string {
    const events = this.changes.slice(from, to).map((change, index) => {
      return `id: after-${from + index + 1}\nevent: tier-change\ndata: ${JSON.stringify(change)}\n\n`;
    });
    return `${events.join('')}event: other\ndata: a later version says this\n\n`;
  }
}

async function writeAll(response: ServerResponse, text: string): Promise<void> {
  await new Promise((resolve) => response.write(text, resolve));
  // Time for the other side to read it before the connection breaks.
  await setImmediate();
}

async function writePieces(response: ServerResponse, text: string, bytes: number): Promise<void> {
  const all = Buffer.from(text);
  for (let at = 0; at < all.length && !response.destroyed; at += bytes) {
    await writeAll(response, all.subarray(at, at + bytes) as unknown as string);
  }
}

/** Changes of these lanes in this order, numbered densely in each. */
export function changesOf(lanes: readonly number[]): TierChangeJson[] {
  const numbers = new Map<number, number>();
  return lanes.map((lane, offset) => {
    const number = (numbers.get(lane) ?? 0) + 1;
    numbers.set(lane, number);
    return {
      customerId: `müller-${lane}`,
      lane,
      offset,
      number,
      timelineOffset: offset,
      effectiveAt: '2026-11-21T09:30:00.000Z',
      change: 1,
      from: null,
      to: 'gold',
      direction: 'enter',
      points: 10,
      reasons: [],
      causes: [],
      policyNumber: 1,
      labels: {},
      benefits: [],
      strategy: null,
    };
  });
}
