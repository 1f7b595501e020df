import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { MARK } from './events.ts';
import type { HostileRequest } from './hostile-requests.ts';

export interface RequestAccount {
  readonly sent: number;
  readonly answers: number;
  /** Connections that ended without an answer. */
  readonly silent: number;
  readonly byStatus: Readonly<Record<string, number>>;
  readonly byKind: Readonly<Record<string, number>>;
  readonly violations: readonly string[];
}

/** Connections at a time. */
const CONNECTIONS = 128;
/** An answer that takes longer is none. Long, since the machine may be busy with anything. */
const PATIENCE_MS = 180_000;
const PAUSE_MS = 5;
const VIOLATIONS_MAX = 20;

/** Sends all of them, each over a connection of its own, and looks at every answer. */
export async function sendRequests(url: string, requests: Iterable<HostileRequest>): Promise<RequestAccount> {
  const [byStatus, byKind]: [Record<string, number>, Record<string, number>] = [{}, {}];
  const totals = { sent: 0, answers: 0, silent: 0 };
  const violations: string[] = [];
  const queue = requests[Symbol.iterator]();
  const work = async () => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) {
      const request = next.value;
      const answer = await exchange(url, request);
      const answers = answer === null ? [] : parseAnswers(answer, request.isHead);
      totals.sent += request.requests;
      totals.answers += answers.length;
      if (answers.length === 0) totals.silent++;
      byKind[request.kind] = (byKind[request.kind] ?? 0) + request.requests;
      for (const { status } of answers) byStatus[status] = (byStatus[status] ?? 0) + 1;
      for (const problem of problemsOf(request, answer, answers)) {
        violations.push(`${request.kind}, ${request.manner}: ${problem}; sent ${shown(request.bytes)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
  return { ...totals, byStatus, byKind, violations: violations.slice(0, VIOLATIONS_MAX) };
}

export function sumOfRequests(a: RequestAccount, b: RequestAccount): RequestAccount {
  return {
    sent: a.sent + b.sent,
    answers: a.answers + b.answers,
    silent: a.silent + b.silent,
    byStatus: sumOfCounts(a.byStatus, b.byStatus),
    byKind: sumOfCounts(a.byKind, b.byKind),
    violations: [...a.violations, ...b.violations],
  };
}

function sumOfCounts(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>) {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...names].map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)]));
}

/** What came back until the server closed; null: the server did not close in time. */
async function exchange(url: string, { bytes, manner, status }: HostileRequest): Promise<Buffer | null> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  const received: Buffer[] = [];
  socket.on('data', (data) => received.push(data));
  // A server that refuses closes before all has arrived.
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
    socket.once('end', () => resolve());
  });
  await send(socket, bytes, manner, received);
  // Some announce a body that never comes, some do not ask for an end: the server waits, whoever sent it does not.
  if (manner === 'at once' && status === null) void sleep(IDLE_MS, null, { ref: false }).then(() => socket.end());
  const isClosed = await Promise.race([closed.then(() => true), sleep(PATIENCE_MS, false, { ref: false })]);
  socket.destroy();
  return isClosed ? Buffer.concat(received) : null;
}

async function send(socket: Socket, bytes: Buffer, manner: HostileRequest['manner'], received: readonly Buffer[]) {
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => undefined);
  switch (manner) {
    case 'at once':
      socket.write(bytes);
      return;
    case 'half-closed':
      socket.end(bytes);
      return;
    case 'slowly':
      for (let at = 0; at < bytes.length && socket.writable; at += Math.ceil(bytes.length / 4)) {
        socket.write(bytes.subarray(at, at + Math.ceil(bytes.length / 4)));
        await sleep(PAUSE_MS);
      }
      socket.end();
      return;
    case 'cut':
      socket.write(bytes.subarray(0, Math.ceil(bytes.length * 0.9)));
      await sleep(PAUSE_MS);
      socket.destroy();
      return;
    case 'endless':
      socket.write(bytes);
      for (let n = 0; n < 60 && socket.writable && received.length === 0; n++) {
        socket.write('10000\r\n');
        socket.write(Buffer.alloc(0x10000, 0x20));
        socket.write('\r\n');
        await sleep(PAUSE_MS);
      }
      socket.end();
  }
}

/** After so long the client's half is closed: a server that is late may give no answer then. */
const IDLE_MS = 1_000;

interface Answer {
  readonly status: number;
  readonly mediaType: string;
  readonly body: string;
}

/** Answers one behind another, as pipelined requests have them. */
function parseAnswers(received: Buffer, isHead: boolean): Answer[] {
  const answers: Answer[] = [];
  let rest = received.toString('latin1');
  for (let end = rest.indexOf('\r\n\r\n'); end >= 0; end = rest.indexOf('\r\n\r\n')) {
    const head = rest.slice(0, end);
    rest = rest.slice(end + 4);
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1] ?? Number.NaN);
    if (status === 100) continue;
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
    const bytes = isHead ? 0 : length === undefined ? rest.length : Number(length);
    const body = Buffer.from(rest.slice(0, bytes), 'latin1').toString('utf8');
    rest = rest.slice(bytes);
    answers.push({ status, mediaType: /\r\ncontent-type: ([^;\r]*)/i.exec(head)?.[1] ?? '', body });
  }
  return answers;
}

/** Refusals that say to come again. */
const DOCUMENTED_503 = /^urn:tidemark:problem:(?:unavailable|too-many-streams)$/;
const INTERNALS = /\n {4}at |node_modules|\.ts:\d|file:\/\/|SyntaxError|TypeError|RangeError|undefined is not/;

function problemsOf(request: HostileRequest, received: Buffer | null, answers: readonly Answer[]): string[] {
  if (received === null) return [`expected an answer or an end, found an open connection after ${PATIENCE_MS} ms`];
  const expected = request.status;
  const first = answers[0];
  const problems = answers.flatMap((answer) => problemsOfAnswer(answer, request.isHead));
  if (expected !== null && first?.status !== expected)
    problems.push(`expected ${expected}, found ${first?.status} ${first?.body}`);
  return problems;
}

function problemsOfAnswer({ status, mediaType, body }: Answer, isHead: boolean): string[] {
  if (!(status >= 200 && status < 600)) return [`expected a status, found ${status}`];
  if (status < 400 || isHead) return status < 500 ? [] : [`expected no failure, found ${status}`];
  const document = parseJson(body);
  const type = String(document?.['type']);
  const problems: string[] = [];
  if (status >= 500 && !(status === 503 && DOCUMENTED_503.test(type)))
    problems.push(`expected no failure, found ${status} ${body}`);
  if (
    mediaType !== 'application/problem+json' ||
    document?.['status'] !== status ||
    !type.startsWith('urn:tidemark:problem:')
  ) {
    problems.push(`expected a problem document, found ${status} ${mediaType} ${body.slice(0, 200)}`);
  }
  if (body.includes(MARK))
    problems.push(`expected nothing of the request in the answer, found it in ${body.slice(0, 300)}`);
  if (INTERNALS.test(body)) problems.push(`expected nothing of the program in the answer, found ${body.slice(0, 300)}`);
  return problems;
}

function parseJson(text: string): Readonly<Record<string, unknown>> | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function shown(bytes: Buffer): string {
  return JSON.stringify(bytes.subarray(0, 400).toString('latin1'));
}
