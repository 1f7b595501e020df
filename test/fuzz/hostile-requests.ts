import type { Random } from '@tidemark/testkit';
import { MARK, ODD_NAMES } from './events.ts';
import { CHUNKED, CHUNKS, NO_EVENTS, NO_JSON, NO_LISTS, ODD_PLACES, ODD_VALUES, POLLUTING } from './odd-contents.ts';

/** How the bytes go over the connection. */
export type Manner =
  /** At once; then the answer is read to its end. */
  | 'at once'
  /** In pieces with pauses. */
  | 'slowly'
  /** At once, and the client's half of the connection is closed. */
  | 'half-closed'
  /** In part; then the connection is cut. */
  | 'cut'
  /** At once; then chunks of a body without end, until there is an answer or patience ends. */
  | 'endless';

export interface HostileRequest {
  readonly kind: string;
  readonly manner: Manner;
  readonly bytes: Buffer;
  /** Requests in the bytes: more than one where they are pipelined. */
  readonly requests: number;
  /** What must come back; null: anything that is no failure, or nothing. */
  readonly status: number | null;
  /** The answer has no body. */
  readonly isHead: boolean;
}

export interface Tokens {
  readonly reader: string;
  readonly producer: string;
  readonly operator: string;
}

/** What requests are made of; the same random numbers give the same requests. */
export function* hostileRequests(random: Random, count: number, tokens: Tokens): Generator<HostileRequest> {
  for (let made = 0; made < count; ) {
    const kind = random.pick(Object.keys(KINDS));
    const parts = KINDS[kind]?.(random, tokens);
    if (parts === undefined) continue;
    const request = { kind, manner: mannerOf(random, parts), requests: 1, status: null, isHead: false, ...parts };
    made += request.requests;
    yield { ...request, bytes: asBytes(request.bytes) };
  }
}

type Parts = { readonly bytes: string | Buffer } & Partial<Omit<HostileRequest, 'bytes'>>;

/** Only what may go unanswered goes strange ways. */
function mannerOf(random: Random, { status }: Parts): Manner {
  if (status !== undefined && status !== null) return 'at once';
  return random.weighted({ 'at once': 80, slowly: 6, 'half-closed': 8, cut: 6 });
}

const KINDS: Readonly<Record<string, (random: Random, tokens: Tokens) => Parts>> = {
  'a valid question': (random, tokens) => {
    const path = random.pick(['/v1/tiers', '/v1/tiers/member', '/v1/lanes', '/livez', '/openapi.json']);
    return { bytes: get(path, [bearer(tokens.operator)]), status: 200 };
  },
  'a valid event': (random, tokens) => ({
    bytes: post('orders', JSON.stringify({ records: [order(random)] }), [bearer(tokens.producer)]),
    status: 200,
  }),
  'an odd path': (random, tokens) => ({ bytes: get(oddPath(random), [bearer(tokens.operator)]) }),
  'an odd customer': (random, tokens) => {
    const id = random.pick([...ODD_NAMES, '__proto__', MARK.padEnd(random.pick([256, 257, 5_000]), 'c')]);
    const page = random.pick(['', '/timeline', '/tier-changes', '/explain']);
    return { bytes: get(`/v1/profiles/${encodeURIComponent(id.toWellFormed())}${page}`, [bearer(tokens.reader)]) };
  },
  'an odd query': (random, tokens) => ({
    bytes: get(`${random.pick(PAGED)}?${oddQuery(random)}`, [bearer(tokens.operator)]),
  }),
  'an odd cursor': (random, tokens) => ({
    bytes: get(`${random.pick(PAGED)}?cursor=${encodeURIComponent(oddCursor(random))}`, [bearer(tokens.operator)]),
  }),
  'an odd method': (random, tokens) => {
    const verb = random.pick([
      'PUT',
      'DELETE',
      'PATCH',
      'OPTIONS',
      'TRACE',
      'PROPFIND',
      'CONNECT',
      'HEAD',
      'get',
      'G\u0000T',
      'M-SEARCH',
    ]);
    return {
      bytes: head(`${verb} ${random.pick(PAGED)} HTTP/1.1`, [bearer(tokens.operator)]),
      isHead: verb === 'HEAD',
    };
  },
  'an odd token': (random, tokens) => {
    const { reader, producer } = tokens;
    const odd = [
      '',
      'Bearer',
      'Bearer  ',
      `Bearer ${MARK}`,
      `Bearer ${reader}x`,
      `Basic ${reader}`,
      `Bearer ${'t'.repeat(9_000)}`,
    ];
    const wrong = random.pick([...odd, `bearer \u00e9`, `Bearer ${reader} ${reader}`]);
    if (random.chance(0.2)) return { bytes: get('/v1/tiers', [bearer(producer)]), status: 403 };
    if (random.chance(0.2)) return { bytes: get('/v1/tiers', []), status: 401 };
    return { bytes: get('/v1/tiers', [`Authorization: ${wrong}`]) };
  },
  'odd headers': (random, tokens) => ({ bytes: get('/v1/tiers', [bearer(tokens.reader), ...oddHeaders(random)]) }),
  'too many headers': (random, tokens) => {
    const count = random.pick([50, 500, 1_500]);
    const headers = Array.from({ length: count }, (_, i) => `X-${i}: ${MARK}`);
    return { bytes: get('/v1/tiers', [bearer(tokens.reader), ...headers]) };
  },
  'an odd start': (random) => ({ bytes: oddStart(random) }),
  'a body that is no JSON': (random, tokens) => ({
    bytes: post(random.pick(TOPICS), random.pick(NO_JSON), [bearer(tokens.producer)]),
    status: 400,
  }),
  'a body that is no list of events': (random, tokens) => ({
    bytes: post(random.pick(TOPICS), random.pick(NO_LISTS), [bearer(tokens.producer)]),
    status: 400,
  }),
  'events that are none': (random, tokens) => ({
    bytes: post(random.pick(TOPICS), JSON.stringify({ records: [random.pick(NO_EVENTS)] }), [bearer(tokens.producer)]),
    status: 400,
  }),
  'a polluting body': (random, tokens) => ({
    bytes: post('orders', random.pick(POLLUTING), [bearer(tokens.producer)]),
    status: 400,
  }),
  'an event with an odd field': (random, tokens) => ({
    bytes: post('orders', JSON.stringify({ records: [oddOrder(random)] }), [bearer(tokens.producer)]),
  }),
  'an odd content type': (random, tokens) => {
    const type = random.pick([
      'text/plain',
      'text/html',
      'application/xml',
      '',
      'application/json; charset=utf-16',
      ';',
      'a/b/c',
      'multipart/form-data; boundary=x',
    ]);
    const body = '{"records":[{}]}';
    return { bytes: postAs(type, 'orders', body, [bearer(tokens.producer)]) };
  },
  'a body of odd length': (random, tokens) => {
    const lengths = ['-1', '1e3', '0x10', '99999999999999999999', '5, 6', '+16', '4194305', '1'];
    const headers = [
      bearer(tokens.producer),
      'Content-Type: application/json',
      `Content-Length: ${random.pick(lengths)}`,
    ];
    return { bytes: `${head('POST /v1/topics/orders/records HTTP/1.1', headers)}{"records":[{}]}` };
  },
  'a smuggled request': (random, tokens) => {
    const headers = [
      bearer(tokens.producer),
      'Content-Type: application/json',
      'Content-Length: 4',
      random.pick(CHUNKED),
    ];
    return {
      bytes: `${head('POST /v1/topics/orders/records HTTP/1.1', headers)}0\r\n\r\nGET /v1/lanes HTTP/1.1\r\nHost: localhost\r\n\r\n`,
    };
  },
  'odd chunks': (random, tokens) => {
    const headers = [bearer(tokens.producer), 'Content-Type: application/json', 'Transfer-Encoding: chunked'];
    return { bytes: `${head('POST /v1/topics/orders/records HTTP/1.1', headers)}${random.pick(CHUNKS)}` };
  },
  'chunks without end': (random, tokens) => {
    // Some thousand of them is enough: each holds its connection for a while.
    if (!random.chance(0.05)) return { bytes: get('/v1/tiers', [bearer(tokens.reader)]), status: 200 };
    const headers = [bearer(tokens.producer), 'Content-Type: application/json', 'Transfer-Encoding: chunked'];
    return { bytes: head('POST /v1/topics/orders/records HTTP/1.1', headers), manner: 'endless' };
  },
  'a body that is too large': (random, tokens) => {
    if (!random.chance(0.05))
      return { bytes: post('orders', '{"records":[]}', [bearer(tokens.producer)]), status: 400 };
    return { bytes: post('orders', `{"records":["${'x'.repeat(4_300_000)}"]}`, [bearer(tokens.producer)]) };
  },
  'pipelined requests': (random, tokens) => {
    const requests = random.between(2, 6);
    const paths = Array.from({ length: requests }, () =>
      random.pick(['/v1/tiers', '/v1/profiles/%00', '/x', '/v1/lanes']),
    );
    const kept = paths.slice(0, -1).map((path) => keptAlive(path, tokens.operator));
    return { bytes: [...kept, get(paths.at(-1) ?? '/', [bearer(tokens.operator)])].join(''), requests };
  },
  'a stream from an odd place': (random, tokens) => ({
    bytes: get('/v1/tier-changes', [bearer(tokens.reader), `Last-Event-ID: ${random.pick(ODD_PLACES)}`]),
    status: 400,
  }),
  'a stream that is cut': (random, tokens) => {
    if (!random.chance(0.2))
      return { bytes: get('/v1/tier-changes?from=middle', [bearer(tokens.reader)]), status: 400 };
    return {
      bytes: get(`/v1/tier-changes?from=${random.pick(['start', 'end'])}`, [bearer(tokens.reader)]),
      manner: 'cut',
    };
  },
};

const PAGED = [
  '/v1/tiers/member',
  `/v1/profiles/${MARK}-customer-1/timeline`,
  `/v1/profiles/${MARK}-customer-2/tier-changes`,
  '/v1/tiers',
];
const TOPICS = ['orders', 'interactions', 'marketing', 'identities'];

function order(random: Random) {
  const id = `${MARK}-http-${random.between(1, 1e12)}`;
  return {
    eventId: id,
    orderId: id,
    customerId: `${MARK}-customer-${random.between(1, 3_000)}`,
    occurredAt: 1_700_000_000_000,
    status: 'PAID',
    amountMinor: 1,
    currency: 'USD',
  };
}

function oddOrder(random: Random): object {
  const field = random.pick([
    'eventId',
    'orderId',
    'customerId',
    'occurredAt',
    'status',
    'amountMinor',
    'currency',
    'items',
    'marginMinor',
    'refundId',
    'x',
  ]);
  return { ...order(random), [field]: random.pick(ODD_VALUES) };
}

function oddPath(random: Random): string {
  const segments = [
    'v1',
    'profiles',
    'tiers',
    'topics',
    '..',
    '.',
    '',
    '%00',
    '%2F',
    '%',
    '%FF',
    '%c0%af',
    '%ed%a0%80',
    '%2e%2e',
    '__proto__',
    'constructor',
    MARK,
    '*',
    '\\',
    '{id}',
    ':id',
    '%0d%0aX:%20y',
    'a'.repeat(300),
    `${MARK}%zz`,
  ];
  const known = random.pick([
    '',
    '/v1/profiles',
    '/v1/tiers',
    '/v1/topics/orders',
    '/docs',
    '/docs/static',
    'http://localhost/v1',
    '//v1',
  ]);
  const path = `${known}/${Array.from({ length: random.between(0, 4) }, () => random.pick(segments)).join('/')}`;
  return random.chance(0.02) ? `/v1/profiles/${'%41'.repeat(random.pick([200, 5_000, 7_000]))}` : path;
}

function oddQuery(random: Random): string {
  const names = ['limit', 'cursor', 'from', '__proto__', 'constructor', 'x', 'limit[]', 'limit.x', ''];
  const values = [
    '',
    '0',
    '-1',
    '201',
    '1e2',
    '0x10',
    '1.5',
    'NaN',
    'Infinity',
    ' 1',
    '1%00',
    'true',
    MARK,
    '%',
    '%ff',
    '9'.repeat(400),
    '[]',
  ];
  return Array.from({ length: random.between(1, 4) }, () => `${random.pick(names)}=${random.pick(values)}`).join('&');
}

function oddCursor(random: Random): string {
  const places: readonly unknown[] = [
    null,
    [],
    {},
    -1,
    [1, MARK],
    [-1, ''],
    ['x'],
    { __proto__: null },
    2 ** 53,
    [[[[]]]],
    [0, null],
  ];
  const kind = random.pick(['timeline', 'tier-changes', 'tier', 'x']);
  const made = Buffer.from(
    JSON.stringify([random.pick([1, 2, '1', null]), kind, random.pick([0, -1, 1e9]), random.pick(places)]),
  );
  const texts = [
    '',
    'x',
    MARK,
    '===',
    'bnVsbA',
    '\u{1f600}',
    Buffer.from('['.repeat(2_000)).toString('base64url'),
    'A'.repeat(4_097),
  ];
  return random.chance(0.5) ? random.pick(texts) : made.toString('base64url');
}

function oddHeaders(random: Random): string[] {
  const headers = [
    'Content-Length: 5',
    'Expect: 100-continue',
    'Expect: nothing',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Host: other.example',
    'Origin: null',
    'Range: bytes=0-',
    'Accept: */*;q=x',
    'Accept-Encoding: gzip, br;q=99',
    'If-None-Match: *',
    `Cookie: a=${MARK}`,
    'X-Forwarded-For: ::1',
    'X: \u0001',
    `X: ${'y'.repeat(17_000)}`,
    'No colon',
    ' folded: x',
    ': empty',
    '__proto__: x',
    'constructor: x',
    `Accept-Version: ${MARK}`,
  ];
  return Array.from({ length: random.between(1, 3) }, () => random.pick(headers));
}

function oddStart(random: Random): string | Buffer {
  const noise = Buffer.from(Array.from({ length: random.between(1, 400) }, () => random.between(0, 255)));
  const texts = [
    '\r\n\r\n',
    'GET\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    'GET / HTTP/1.0\r\n\r\n',
    'GET / HTTP/1.1\r\n\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    '\u0016\u0003\u0001\u0002\u0000',
    'GET  /  HTTP/1.1\r\n\r\n',
    `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n\r\n`,
    'EHLO x\r\n',
    'GET / HTTP/1.1\nHost: localhost\n\n',
    'GET /v1/tiers HTTP/1.1\r\nHost: localhost\r\nHost: x\r\nConnection: close\r\n\r\n',
  ];
  return random.chance(0.4) ? noise : random.pick(texts);
}

function get(path: string, headers: readonly string[]): string {
  return head(`GET ${path} HTTP/1.1`, headers);
}

function keptAlive(path: string, token: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${bearer(token)}\r\n\r\n`;
}

function post(topic: string, body: string, headers: readonly string[]): Buffer {
  return postAs('application/json', topic, body, headers);
}

function postAs(type: string, topic: string, body: string, headers: readonly string[]): Buffer {
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  const start = head(`POST /v1/topics/${topic}/records HTTP/1.1`, [...headers, `Content-Type: ${type}`, length]);
  return Buffer.from(start + body);
}

function head(start: string, headers: readonly string[]): string {
  return [start, 'Host: localhost', 'Connection: close', ...headers, '', ''].join('\r\n');
}

function bearer(token: string): string {
  return `Authorization: Bearer ${token}`;
}

function asBytes(bytes: string | Buffer): Buffer {
  return typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes;
}
