import type { ServerResponse } from 'node:http';

/** Statuses that clients of Segment's API, of webhooks and of CloudEvents know what to do about. Redirects count as delivered there. */
export type Status = 200 | 400 | 401 | 413 | 429 | 503;

/** How a request is answered where its events are not taken. Thrown wherever that is found out. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: Exclude<Status, 200>;
  /** Seconds after which to try again; null where that would not help. */
  readonly retryAfterSeconds: number | null;

  /** @param message what was expected and found; nothing of the request */
  constructor(status: Exclude<Status, 200>, message: string, retryAfterSeconds: number | null = null) {
    super(message);
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

const HEADERS = {
  'content-type': 'application/json; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
} as const;

export function sendJson(response: ServerResponse, status: Status, body: object): void {
  if (response.destroyed || response.headersSent) return;
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { ...HEADERS, 'content-length': bytes.length });
  response.end(bytes);
}

export function sendRefusal(response: ServerResponse, { status, message, retryAfterSeconds }: Refused): void {
  if (response.destroyed || response.headersSent) return;
  if (retryAfterSeconds !== null) response.setHeader('retry-after', String(retryAfterSeconds));
  if (status === 401) response.setHeader('www-authenticate', 'Bearer realm="tidemark"');
  sendJson(response, status, { success: false, error: message });
}
