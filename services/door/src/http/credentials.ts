import type { IncomingHttpHeaders } from 'node:http';

/** The write key that a request's headers name: the user of Basic, a Bearer token, or `X-Write-Key`; null without. */
export function keyInHeaders({ authorization, 'x-write-key': header }: IncomingHttpHeaders): string | null {
  const [, scheme = '', value = ''] = /^(Basic|Bearer) +(\S+)$/i.exec(authorization ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  const key = scheme === '' ? header : Buffer.from(value, 'base64').toString('utf8').split(':', 1)[0];
  return typeof key === 'string' && key !== '' ? key : null;
}
