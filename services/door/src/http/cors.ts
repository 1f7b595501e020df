import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { SourceBook } from '../sources/source-book.ts';

const ALLOWED = {
  'access-control-allow-methods': 'GET, POST',
  'access-control-allow-headers': 'authorization, content-type, content-encoding, x-retry-count, x-write-key',
  'access-control-max-age': '7200',
};

/** A preflight carries no key, so it learns only whether any source has this page; the request itself is checked for its own. */
export function allowPage({ origin }: IncomingHttpHeaders, response: ServerResponse, book: SourceBook): boolean {
  response.setHeader('vary', 'Origin');
  if (origin === undefined || !book.allowsOrigin(origin)) return false;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-expose-headers', 'retry-after');
  return true;
}

export function answerPreflight(headers: IncomingHttpHeaders, response: ServerResponse, book: SourceBook): void {
  if (allowPage(headers, response, book)) {
    for (const [name, value] of Object.entries(ALLOWED)) response.setHeader(name, value);
  }
  response.writeHead(200, { 'content-length': 0 }).end();
}
