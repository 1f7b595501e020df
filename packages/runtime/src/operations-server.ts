import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ProcessConfig } from '@tidemark/config';
import type { HealthReport } from '@tidemark/telemetry';
import { StartRefused } from './start-refused.ts';

export interface Operations {
  metrics(): Promise<string>;
  live(): HealthReport;
  ready(): Promise<HealthReport>;
}

export interface OperationsServer {
  /** `host:port` */
  readonly address: string;
  close(): void;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Serves /livez, /readyz and /metrics, from before the service is started. Throws `StartRefused`. */
export async function startOperations(
  { host, port }: ProcessConfig['operations'],
  operations: Operations,
): Promise<OperationsServer> {
  const server = createServer((request, response) => void respond(request, response, operations));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(refusal(error, host, port)));
    server.listen(port, host, resolve);
  });
  return {
    address: `${host}:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function respond(request: IncomingMessage, response: ServerResponse, operations: Operations): Promise<void> {
  const { status, type, body } = await answerTo(request, operations);
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(request.method === 'HEAD' ? undefined : body);
}

async function answerTo({ method, url }: IncomingMessage, operations: Operations): Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') return text(405, 'Expected GET.');
  switch (url?.split('?', 1)[0]) {
    case '/livez':
      return healthAnswer(operations.live());
    case '/readyz':
      return healthAnswer(await operations.ready());
    case '/metrics':
      return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: await operations.metrics() };
    default:
      return text(404, 'Expected /livez, /readyz or /metrics.');
  }
}

function healthAnswer(report: HealthReport): Answer {
  return { status: report.ok ? 200 : 503, type: 'application/json', body: `${JSON.stringify(report)}\n` };
}

function text(status: number, words: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body: `${words}\n` };
}

function refusal(error: Error, host: string, port: number): Error {
  const code = 'code' in error ? String(error.code) : error.name;
  return new StartRefused(
    `expected to listen on ${host}, port ${port}, for health and metrics, found that it fails (${code}). Set ` +
      'TIDEMARK_OPERATIONS_HOST and TIDEMARK_OPERATIONS_PORT',
  );
}
