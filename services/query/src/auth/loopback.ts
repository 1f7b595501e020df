import { isLocalHost } from '@tidemark/runtime';
import { Problem } from '../problems/problem.ts';

const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);

/** Whether only programs on this machine reach what is bound to the host. */
export function isLoopback(host: string): boolean {
  return LOOPBACK_HOSTS.has(host.toLowerCase());
}

/**
 * Without tokens, being on this machine is the permission; a browser on it must not lend it to a page from elsewhere. A
 * page whose name was re-bound to 127.0.0.1 shows in `host`, what another page sends in `origin`. Throws a `Problem`.
 */
export function checkLocalRequest(headers: {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
}) {
  const { host, origin } = headers;
  if (!isLocalHost(host)) {
    throw new Problem(
      'foreign-origin',
      'Expected the header `host` to name localhost, 127.0.0.1 or [::1]; with tokens configured any name will do.',
    );
  }
  if (origin !== undefined && origin !== `http://${host}`) {
    throw new Problem(
      'foreign-origin',
      'Expected no header `origin`, or that of this server: other pages may not ask.',
    );
  }
}
