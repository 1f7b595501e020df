import { createServer, type Server } from 'node:http';
import { isIPv6 } from 'node:net';
import type { Duplex } from 'node:stream';
import { StartRefused } from '@tidemark/runtime';
import type { Clock } from '@tidemark/stream';
import type { Door } from './create-door.ts';

export interface RunningDoor {
  /** Such as `http://127.0.0.1:8082`. */
  readonly url: string;
  /** Answers what is under way, and resolves within 2 s. */
  stop(): Promise<void>;
}

/** A request must have arrived within so long. */
const REQUEST_TIMEOUT_MS = 30_000;
const CONNECTIONS_MAX = 2_000;
/** How long answers under way may take at a stop before their connections are cut. */
const PATIENCE_MS = 1_500;

/** Serves a door on a port of its own. Throws `StartRefused`. */
export async function listen(
  door: Door,
  { host, port }: { readonly host: string; readonly port: number },
  clock: Clock,
): Promise<RunningDoor> {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, door.handle);
  server.maxConnections = CONNECTIONS_MAX;
  server.on('clientError', answerClientError);
  // An expectation that nobody knows may be passed over (RFC 9110, 10.1.1); Node alone would refuse it by another status.
  server.on('checkExpectation', door.handle);
  const address = host.toLowerCase() === 'localhost' ? '127.0.0.1' : host;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(refusal(error, host, port)));
    server.listen(port, address, resolve);
  });
  const bound = server.address();
  const boundPort = typeof bound === 'object' && bound !== null ? bound.port : port;
  return {
    url: `http://${isIPv6(address) ? `[${address}]` : address}:${boundPort}`,
    async stop() {
      await end(server, clock);
      await door.close();
    },
  };
}

/** Answers what is no request, or comes too slowly, by statuses that senders know. */
function answerClientError(error: Error & { readonly code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return;
  const status =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '503 Service Unavailable\r\nretry-after: 5' : '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

async function end(server: Server, clock: Clock): Promise<void> {
  const cutting = new AbortController();
  void clock.sleep(PATIENCE_MS, cutting.signal).then(() => server.closeAllConnections());
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeIdleConnections();
  });
  cutting.abort();
}

function refusal(error: Error, host: string, port: number): Error {
  const code = 'code' in error ? String(error.code) : error.name;
  return new StartRefused(
    `expected to listen on ${host}, port ${port}, for events, found that it fails (${code}). Set TIDEMARK_DOOR_HOST and TIDEMARK_DOOR_PORT`,
  );
}
