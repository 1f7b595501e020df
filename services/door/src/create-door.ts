import type { IncomingMessage, ServerResponse } from 'node:http';
import { ContractError } from '@tidemark/contracts';
import { isLocalHost } from '@tidemark/runtime';
import { OperatingError } from '@tidemark/stream';
import { Refused, type Status, sendJson, sendRefusal } from './http/answer.ts';
import { BodyBudget } from './http/body-budget.ts';
import { allowPage, answerPreflight } from './http/cors.ts';
import { RateLimits } from './http/rate-limits.ts';
import { ClientGone } from './http/read-body.ts';
import { Intake } from './intake/intake.ts';
import type { DoorOptions, DoorPorts } from './ports.ts';
import { findRoute, type Route } from './routes/find-route.ts';
import type { DoorRequest, Surroundings } from './routes/request-context.ts';
import { settingsOf } from './routes/settings.ts';
import { takeCalls } from './routes/take-calls.ts';
import { takeCloudEvents, takeWebhook } from './routes/take-events.ts';

/** What takes events over HTTP, for a server to hand requests to. */
export interface Door {
  /** Whether an address is the door's. */
  owns(url: string): boolean;
  handle(request: IncomingMessage, response: ServerResponse): void;
  close(): Promise<void>;
}

const LOG_AWAY_SECONDS = 5;

export function createDoor(ports: DoorPorts, { isLocal }: DoorOptions): Door {
  const { log, schemaIds, state, sources, observer, logger, clock } = ports;
  const intake = new Intake(log, schemaIds);
  const around: Surroundings = { intake, budget: new BodyBudget(), limits: new RateLimits(clock), state };

  async function answer(route: Route, raw: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedMs = clock.elapsedMs();
    const request: DoorRequest = {
      raw,
      book: sources.current,
      receivedAt: clock.now(),
      source: null,
      bodyBytes: 0,
      events: [],
      skewSeconds: null,
    };
    let status: Status = 200;
    try {
      if (isLocal && !isLocalHost(raw.headers.host)) {
        throw new Refused(400, 'expected the header `host` to name localhost, 127.0.0.1 or [::1], found another');
      }
      if (raw.method === 'OPTIONS') return answerPreflight(raw.headers, response, request.book);
      allowPage(raw.headers, response, request.book);
      sendJson(response, status, await answerTo(route, request, around));
    } catch (error) {
      if (error instanceof ClientGone) return;
      const refused = refusalOf(error);
      if (refused === null) logger.error({ err: error }, 'a request failed');
      const told =
        refused ?? new Refused(503, 'expected to take it, found that something went wrong here', LOG_AWAY_SECONDS);
      status = told.status;
      sendRefusal(response, told);
    } finally {
      around.budget.release(raw);
    }
    const { source, bodyBytes, events, skewSeconds } = request;
    const durationSeconds = (clock.elapsedMs() - startedMs) / 1_000;
    observer.answered({
      source: source?.settings.name ?? null,
      status,
      durationSeconds,
      bodyBytes,
      events,
      skewSeconds,
    });
  }

  return {
    owns: (url) => findRoute(url) !== null,
    handle(request, response) {
      const route = findRoute(request.url ?? '');
      if (route === null) response.writeHead(404, { 'content-length': 0 }).end();
      else void answer(route, request, response);
    },
    close: () => intake.close(),
  };
}

async function answerTo(route: Route, request: DoorRequest, around: Surroundings): Promise<object> {
  const expected = route.name === 'settings' ? 'GET' : 'POST';
  if (request.raw.method !== expected) throw new Refused(400, `expected the method ${expected}, found another`);
  switch (route.name) {
    case 'calls':
      return takeCalls(route.path, request, around);
    case 'settings':
      return settingsOf(route.key, request);
    case 'webhook':
      return takeWebhook(route.source, request, around);
    case 'cloud-events':
      return takeCloudEvents(request, around);
    default:
      return { success: true };
  }
}

/** Null for a bug. */
function refusalOf(error: unknown): Refused | null {
  if (error instanceof Refused) return error;
  if ((error instanceof OperatingError || error instanceof ContractError) && error.retriable) {
    const message = 'expected the log to take it, found it away. Some may be written; send all again with the same ids';
    return new Refused(503, message, LOG_AWAY_SECONDS);
  }
  return null;
}
