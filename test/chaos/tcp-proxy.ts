import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const HOST = '127.0.0.1';

/** What a network does to connections: those that are open when it begins, and those opened while it lasts. */
export interface Disturbance {
  /** Delay: bytes come late. Drop: nothing comes any more, and nobody is told. Reset: the connection breaks. */
  readonly kind: 'delay' | 'drop' | 'reset';
  /** Whether it befalls this connection. */
  readonly befalls: () => boolean;
  /** How late, ms. */
  readonly delayMs: () => number;
}

/** Stands between services and a server, and lets bytes pass in both directions, in order. */
export class TcpProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #links = new Set<Link>();
  #targetPort: number | null = null;
  #disturbance: Disturbance | null = null;

  private constructor(server: Server, port: number) {
    this.port = port;
    this.#server = server;
    server.on('connection', (socket) => this.#accept(socket));
  }

  /** Listens on this machine; at any free port unless one is given. Refuses connections until it has a target. */
  static async listen(port = 0): Promise<TcpProxy> {
    const server = createServer().listen(port, HOST);
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('expected a port, found none');
    return new TcpProxy(server, address.port);
  }

  /** Where it brings its connections. */
  leadTo(port: number): void {
    this.#targetPort = port;
  }

  disturb(disturbance: Disturbance): void {
    this.#disturbance = disturbance;
    for (const link of this.#links) if (disturbance.befalls()) link.suffer(disturbance);
  }

  /** From now on bytes pass at once. What was dropped stays so until one side gives the connection up. */
  calm(): void {
    this.#disturbance = null;
    for (const link of this.#links) link.recover();
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const link of this.#links) link.reset();
    await closed;
  }

  #accept(client: Socket): void {
    if (this.#targetPort === null) {
      client.on('error', () => {});
      client.resetAndDestroy();
      return;
    }
    const link = new Link(client, connect(this.#targetPort, HOST));
    this.#links.add(link);
    void link.closed.then(() => this.#links.delete(link));
    if (this.#disturbance?.befalls()) link.suffer(this.#disturbance);
  }
}

/** A connection and its continuation to the server. */
class Link {
  readonly closed: Promise<unknown>;
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #end = new AbortController();
  #delayMs: (() => number) | null = null;
  #drops = false;

  constructor(client: Socket, server: Socket) {
    this.#client = client;
    this.#server = server;
    for (const socket of [client, server]) socket.setNoDelay(true).on('error', () => {});
    this.closed = Promise.all([this.#carry(client, server), this.#carry(server, client)]);
  }

  suffer({ kind, delayMs }: Disturbance): void {
    if (kind === 'delay') this.#delayMs = delayMs;
    else if (kind === 'drop') this.#drops = true;
    else this.reset();
  }

  recover(): void {
    this.#delayMs = null;
  }

  reset(): void {
    this.#end.abort();
    for (const socket of [this.#client, this.#server]) if (!socket.destroyed) socket.resetAndDestroy();
  }

  async #carry(from: Socket, to: Socket): Promise<void> {
    const { signal } = this.#end;
    try {
      for await (const bytes of from) {
        if (this.#delayMs !== null) await sleep(this.#delayMs(), undefined, { signal });
        if (this.#drops) continue;
        if (!to.write(bytes)) await once(to, 'drain', { signal });
      }
    } catch {
      // One side has broken off; the other is told below.
    }
    this.#end.abort();
    to.destroy();
  }
}
