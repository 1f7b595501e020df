import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** What happens to a request on its way: it is answered on the way, or cut, before or after it was taken. */
export type OnTheWay = { readonly status: number; readonly retryAfter?: string } | 'cut before' | 'cut after';

/** A server before another. What `faults` has happens to the requests that come next, one by one; all later ones are passed on. */
export async function startFaultyWay(target: string, faults: readonly OnTheWay[]) {
  const left = [...faults];
  const seen: { readonly encoding: string | undefined }[] = [];
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      const { 'content-encoding': encoding } = incoming.headers;
      if (incoming.method === 'POST') seen.push({ encoding });
      const fault = incoming.method === 'POST' ? left.shift() : undefined;
      if (fault === 'cut before') {
        incoming.socket.destroy();
        return;
      }
      if (typeof fault === 'object') {
        if (fault.retryAfter !== undefined) outgoing.setHeader('retry-after', fault.retryAfter);
        // Where a page may read it, as the door's own answers.
        outgoing.writeHead(fault.status, { 'access-control-allow-origin': '*' }).end();
        return;
      }
      const { 'transfer-encoding': _encoding, ...headers } = incoming.headers;
      const passed = httpRequest(
        `${target}${incoming.url}`,
        { method: incoming.method ?? 'POST', headers: { ...headers, 'content-length': body.length } },
        (answer) => {
          if (fault !== 'cut after') answer.pipe(outgoing.writeHead(answer.statusCode ?? 500, answer.headers));
          else answer.resume().on('end', () => incoming.socket.destroy());
        },
      );
      passed.on('error', () => incoming.socket.destroy());
      passed.end(body);
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}
