import { isIPv6 } from 'node:net';
import { isLoopback } from './auth/loopback.ts';
import { hasTokens } from './auth/tokens.ts';
import { CONNECTIONS_MAX } from './http/bounds.ts';
import { buildApp } from './http/build-app.ts';
import type { App } from './http/schema-types.ts';
import type { ServerPorts } from './ports.ts';
import type { QueryOptions, RunningQuery } from './query-options.ts';
import { StartError } from './start-error.ts';

/** How long answers under way may take at a stop before their connections are cut. */
const PATIENCE_MS = 1_500;

/** Starts the HTTP server. Throws StartError. */
export async function startServer(ports: ServerPorts, options: QueryOptions): Promise<RunningQuery> {
  const isOpen = !hasTokens(options.tokens);
  if (isOpen && !isLoopback(options.host)) {
    throw new StartError(
      'tokens-required',
      `expected tokens for a server that others can reach, found none and the host ${options.host}: set ` +
        'TIDEMARK_READER_TOKENS, TIDEMARK_PRODUCER_TOKENS or TIDEMARK_OPERATOR_TOKENS, or bind 127.0.0.1',
    );
  }
  const openStreams = new Set<AbortController>();
  const app = await buildApp(ports, options, openStreams);
  app.server.maxConnections = CONNECTIONS_MAX;
  const url = await listen(app, options);
  ports.logger.info({ url, auth: isOpen ? 'off' : 'tokens' }, 'query started');
  return {
    url,
    async stop() {
      for (const stream of openStreams) stream.abort();
      const cutting = new AbortController();
      void ports.clock.sleep(PATIENCE_MS, cutting.signal).then(() => app.server.closeAllConnections());
      await app.close();
      cutting.abort();
      ports.logger.info({ url }, 'query stopped');
    },
  };
}

async function listen(app: App, { host, port }: QueryOptions): Promise<string> {
  // One address, so that one server has all connections.
  const address = host.toLowerCase() === 'localhost' ? '127.0.0.1' : host;
  try {
    await app.listen({ host: address, port });
  } catch (error) {
    await app.close();
    throw startErrorOf(error, host, port);
  }
  const bound = app.server.address();
  const boundPort = typeof bound === 'object' && bound !== null ? bound.port : port;
  return `http://${isIPv6(address) ? `[${address}]` : address}:${boundPort}`;
}

function startErrorOf(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  switch (code) {
    case 'EADDRINUSE':
      return new StartError(
        'port-in-use',
        `expected port ${port} on ${host} to be free, found it in use: choose another with --port or TIDEMARK_QUERY_PORT`,
        { cause: error },
      );
    case 'EACCES':
      return new StartError(
        'port-in-use',
        `expected to be allowed to bind port ${port} on ${host}, found that I am not: choose one above 1023 with --port or TIDEMARK_QUERY_PORT`,
        { cause: error },
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new StartError(
        'host-unavailable',
        `expected ${host} to be an address of this machine, found that it is none: choose another with --host or TIDEMARK_QUERY_HOST`,
        { cause: error },
      );
    default:
      return error;
  }
}
