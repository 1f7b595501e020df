import { Fault, OperatingError } from '@tidemark/stream';
import fc from 'fast-check';
import { stdSerializers } from 'pino';
import { expect, test } from 'vitest';
import { collectLines } from '../testing/collect-lines.ts';
import { createLogger } from './create-logger.ts';

const SECRET = 'c-7731@acme.example';

function logger(format: 'json' | 'pretty' = 'json', service?: string) {
  const out = collectLines();
  const options = { level: 'info', format, destination: out } as const;
  return { out, log: createLogger(service === undefined ? options : { ...options, service }) };
}

test('a line has ISO time, level, service, fields and message', () => {
  const { log, out } = logger('json', 'rfm');
  log.info({ lane: 3, offset: 17 }, 'lane acquired');
  log.debug('not at this level');
  expect(out.lines()).toEqual([
    {
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      service: 'rfm',
      lane: 3,
      offset: 17,
      msg: 'lane acquired',
    },
  ]);
});

const sensitive = fc.constantFrom(
  ...[
    'customerId',
    'customer_id',
    'key',
    'value',
    'traits',
    'token',
    'Authorization',
    'x-api-key',
    'password',
    'secret',
  ],
  ...['eventId', 'orderId', 'email', 'cookie', 'set-cookie', 'url', 'body', 'payload', 'facet', 'remoteAddress'],
);
const harmless = fc.constantFrom('lane', 'service', 'headers', 'req', 'err', 'cause', 'details', 'items', 'a', 'msg');
const holdsSecret = fc.oneof(
  fc.constant<unknown>(SECRET),
  fc.constant<unknown>({ deep: [SECRET, { deeper: SECRET }] }),
  fc.constant<unknown>(Buffer.from(SECRET)),
);
const error = fc.oneof(
  fc.constant(new Error(SECRET)),
  fc.constant(new SyntaxError(`expected x\n    at ${SECRET} (file.ts:1:1)\nfound ${SECRET}`)),
  fc.constant(new Error('outer', { cause: new Error(SECRET, { cause: new TypeError(SECRET) }) })),
  fc.constant(Object.assign(new Error(SECRET), { code: SECRET, name: SECRET, customerId: SECRET, received: SECRET })),
  fc.constant(new OperatingError('log-unavailable', 'away', { retriable: true, cause: new Error(SECRET) })),
  fc.constant(new AggregateError([new Error(SECRET)], SECRET)),
);
const { fields } = fc.letrec<{ fields: Record<string, unknown>; node: unknown }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 6, depthSize: 'medium' },
    fc.oneof(fc.integer(), fc.constant('fine'), fc.constant(null), fc.constant(7n), error),
    tie('fields'),
    fc.array(tie('node'), { maxLength: 3 }),
  ),
  fields: fc
    .tuple(fc.dictionary(harmless, tie('node'), { maxKeys: 3 }), fc.dictionary(sensitive, holdsSecret, { maxKeys: 2 }))
    .map(([fine, secret]) => ({ ...fine, ...secret })),
}));

test.each(['json', 'pretty'] as const)(
  'as %s, no name that may hold data shows it, at any depth, of lines or loggers',
  (format) => {
    fc.assert(
      fc.property(fields, fields, (ofLine, ofLogger) => {
        const { log, out } = logger(format);
        log.info(ofLine, 'said');
        log.info(ofLine);
        log.child(ofLogger).child({ req: ofLogger }).warn(ofLine);
        log.error({ err: ofLine });
        expect(out.text()).not.toBe('');
        expect(out.text()).not.toContain('acme');
      }),
      { numRuns: 300 },
    );
  },
);

test.each([
  ['alone', (log: ReturnType<typeof logger>['log'], error: Error) => log.error(error)],
  ['with a message', (log, error) => log.error(error, 'while reading')],
  ['as a field', (log, error) => log.error({ err: error })],
  ['as a field of another name', (log, error) => log.error({ failure: error, lane: 1 }, 'while reading')],
  ['in a child logger', (log, error) => log.child({ err: error }).error('while reading')],
  [
    "with a framework's serializer",
    (log, error) => log.child({}, { serializers: { err: stdSerializers.err } }).error({ err: error }),
  ],
] satisfies [string, (log: ReturnType<typeof logger>['log'], error: Error) => void][])(
  'an error that is not ours, logged %s, has name and frames without its message',
  (_name, write) => {
    const { log, out } = logger();
    write(log, new RangeError(`no such customer ${SECRET}`));
    expect(out.text()).not.toContain('acme');
    expect(out.text()).toContain('"name":"RangeError"');
    expect(out.text()).toContain('create-logger.test.ts');
  },
);

test('our own errors keep their code and message, which hold no data', () => {
  const { log, out } = logger();
  log.error(new Fault('state-missing', 'expected state, found none'));
  log.error({ err: new OperatingError('log-unavailable', 'expected a broker', { retriable: true }) }, 'sending');
  const stack = expect.arrayContaining([expect.stringMatching(/^at /)]);
  expect(out.lines().map((line) => (line as { err: unknown }).err)).toEqual([
    { name: 'Fault', code: 'state-missing', message: 'expected state, found none', stack },
    { name: 'OperatingError', code: 'log-unavailable', message: 'expected a broker', stack },
  ]);
});

test('what is deep, cyclic or long does not stop the logger', () => {
  const { log, out } = logger();
  const cyclic: Record<string, unknown> = { lane: 1 };
  cyclic['again'] = cyclic;
  log.info({ cyclic, list: Array(1_000).fill(0), at: new Date(0), big: 12n, sent: Buffer.from('abc') }, 'said');
  const [line] = out.lines() as [{ list: unknown[] }];
  expect(line).toMatchObject({ cyclic: { lane: 1 }, at: '1970-01-01T00:00:00.000Z', sent: '[3 bytes]', msg: 'said' });
  expect(line.list).toHaveLength(100);
  expect(out.text().length).toBeLessThan(2_000);
});

test('pretty is one line: time of day, level, message, fields', () => {
  const { log, out } = logger('pretty');
  log.warn({ service: 'rfm', lane: 3, code: 'store-unavailable', note: 'two words' }, 'trying again');
  expect(out.text()).toMatch(
    /^\d\d:\d\d:\d\d\.\d{3} WARN {2}trying again service=rfm lane=3 code=store-unavailable note="two words"\n$/,
  );
});

test('pretty shows stack frames below', () => {
  const { log, out } = logger('pretty');
  log.error({ lane: 1, err: new TypeError('x') }, 'a fold threw');
  const [first, second] = out.text().split('\n');
  expect(first).toMatch(/ERROR a fold threw lane=1 err=\{"name":"TypeError"\}$/);
  expect(second).toMatch(/^ {4}at .*create-logger\.test\.ts/);
});

test('what a serializer makes is redacted, and it gets the object that was logged', () => {
  class Request {
    readonly method = 'GET';
    readonly raw = { url: `/v1/profiles/${SECRET}`, headers: { authorization: SECRET } };
  }
  const { log, out } = logger();
  const serializers = { req: ({ method, raw }: Request) => ({ method, ...raw }) };
  log.child({ reqId: 1 }, { serializers }).info({ req: new Request() }, 'asked');
  expect(out.lines()).toMatchObject([
    { reqId: 1, req: { method: 'GET', url: '[redacted]', headers: { authorization: '[redacted]' } }, msg: 'asked' },
  ]);
});
