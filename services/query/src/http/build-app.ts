import type { IncomingMessage, ServerResponse } from 'node:http';
import rateLimit, { normalizeIP } from '@fastify/rate-limit';
import Fastify from 'fastify';
import { checkLocalRequest } from '../auth/loopback.ts';
import { ANYONE, hasTokens, mayActAs, NOBODY, tokenIdentifier } from '../auth/tokens.ts';
import type { Beside, ServerPorts } from '../ports.ts';
import { Problem } from '../problems/problem.ts';
import type { QueryOptions } from '../query-options.ts';
import { addIngestRoutes } from '../routes/ingest-routes.ts';
import { addLaneRoutes } from '../routes/lane-routes.ts';
import { addOperationsRoutes } from '../routes/operations-routes.ts';
import { addProfileRoutes } from '../routes/profile-routes.ts';
import { addStreamRoutes } from '../routes/stream-routes.ts';
import { addTierRoutes } from '../routes/tier-routes.ts';
import { answerClientError, answerProblem } from './answer-problems.ts';
import { PATH_SEGMENT_LENGTH_MAX, REQUEST_TIMEOUT_MS } from './bounds.ts';
import { addOpenApi } from './openapi.ts';
import { parseBodies } from './parse-bodies.ts';
import { refuseOtherMethods } from './refuse-other-methods.ts';
import type { App, SchemaTypes } from './schema-types.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

/** The server with all its routes, not yet listening. A request is: identified, counted, checked for its role, read, answered. */
export async function buildApp(
  ports: ServerPorts,
  options: QueryOptions,
  openStreams: Set<AbortController>,
): Promise<App> {
  const { logger } = ports;
  const app: App = Fastify({
    // Fastify's own logging has paths, and a path has a customer's id.
    logger: false,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Node's own refusal of a request without a host is no problem document.
    http: { requireHostHeader: false },
    routerOptions: { maxParamLength: PATH_SEGMENT_LENGTH_MAX },
    ajv: { customOptions: { coerceTypes: true, removeAdditional: false, allErrors: true, verbose: true } },
    frameworkErrors: (error, _request, reply) => void answerProblem(error, reply, logger),
    clientErrorHandler: answerClientError,
  }).withTypeProvider<SchemaTypes>();
  // Neither is its refusal of an expectation that it does not know; that may be passed over (RFC 9110, 10.1.1).
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
  app.removeContentTypeParser('text/plain');
  parseBodies(app);
  app.setErrorHandler((error, _request, reply) => answerProblem(error, reply, logger));

  identifyCallers(app, options);
  await limitRate(app, options.rateLimitPerSecond);
  requireRoles(app);
  logRequests(app, logger);

  await addOpenApi(app);
  refuseOtherMethods(app, () => {
    addProfileRoutes(app, ports.reader);
    addTierRoutes(app, ports.reader);
    addStreamRoutes(app, ports, openStreams, options.streamsMax);
    addLaneRoutes(app, ports.reader);
    addIngestRoutes(app, ports.ingest);
    addOperationsRoutes(app, ports.telemetry);
  });
  if (ports.beside !== undefined) serveBeside(app, ports.beside);
  return app;
}

function serveBeside({ server }: App, beside: Beside): void {
  const own = server.listeners('request') as ((request: IncomingMessage, response: ServerResponse) => void)[];
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    if (beside.owns(request.url ?? '')) beside.handle(request, response);
    else for (const listener of own) listener(request, response);
  });
}

function identifyCallers(app: App, { tokens }: QueryOptions): void {
  const identify = hasTokens(tokens) ? tokenIdentifier(tokens) : null;
  // Set for each request below; a reference type must not be shared by all.
  app.decorateRequest('caller');
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    request.caller = NOBODY;
    if (request.raw.httpVersion === '1.1' && request.headers.host === undefined) {
      throw new Problem('invalid-request', 'Expected the header `host`, found none.', {
        headers: { connection: 'close' },
      });
    }
    if (identify === null) checkLocalRequest(request.headers);
    request.caller = identify === null ? ANYONE : identify(request.headers.authorization);
  });
}

/** By token, or by remote address: a guesser of tokens is counted as one, too. */
async function limitRate(app: App, perSecond: number): Promise<void> {
  await app.register(rateLimit, {
    max: perSecond,
    timeWindow: 1_000,
    keyGenerator: ({ caller, ip }) => caller.tokenId ?? normalizeIP(ip),
    addHeaders: { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false },
    addHeadersOnExceeding: { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false },
    errorResponseBuilder: () => new Problem('too-many-requests', `Expected at most ${perSecond} requests a second.`),
  });
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, async () => {
    throw new Problem('unknown-route', 'Expected one of the addresses that /openapi.json lists.');
  });
}

/** After the rate limit, before the body is read. */
function requireRoles(app: App): void {
  app.addHook('preParsing', async ({ caller, routeOptions }) => {
    const role = routeOptions.config.role;
    if (role === undefined || mayActAs(caller, role)) return;
    if (caller === NOBODY) {
      throw new Problem(
        'token-required',
        'Expected the header `authorization: Bearer <token>` with a token configured here.',
        {
          headers: { 'www-authenticate': 'Bearer realm="tidemark"' },
        },
      );
    }
    throw new Problem('role-required', `Expected a token of the role ${role}.`, {
      headers: { 'www-authenticate': 'Bearer realm="tidemark", error="insufficient_scope"' },
    });
  });
}

/** The route's pattern, never the path: that names a customer. */
function logRequests(app: App, logger: ServerPorts['logger']): void {
  app.addHook('onResponse', async ({ method, routeOptions }, { statusCode, elapsedTime }) => {
    logger.debug({ method, route: routeOptions.url ?? null, status: statusCode, durationMs: elapsedTime }, 'request');
  });
}
