import { MARK } from './events.ts';

/** Deep enough to fill a stack. */
const DEEP = 100_000;

/** For any field of an event. */
export const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  '',
  [],
  {},
  -1,
  0.5,
  1e308,
  -0,
  2 ** 53,
  '\ud800',
  '\u0000',
  MARK.repeat(2_000),
  ['x'],
  { length: 5 },
  [[[[]]]],
  { toString: MARK },
  '2026-02-30',
  '9999-12-31T23:59:60Z',
  '+275760-09-13T00:00:00.000Z',
  'constructor',
  '__proto__',
  Array.from({ length: 1_001 }, () => ({})),
  [null],
  [{ sku: '', quantity: -1, amountMinor: 0.1 }],
];

/** Bodies. */
export const NO_JSON = [
  '',
  '{',
  '[',
  'nul',
  '{"records":[}',
  '\u0000',
  `{"records":"${MARK}`,
  '{"a":1,}',
  'NaN',
  '\ufeff{}',
  '['.repeat(DEEP),
  '{"records":[\ud800]}',
  `"${MARK}`,
];

export const NO_LISTS = [
  'null',
  '1',
  '"x"',
  '[]',
  '{}',
  '{"records":null}',
  '{"records":{}}',
  '{"records":{"length":1,"0":{}}}',
  '{"records":[]}',
  '{"records":[{}],"x":1}',
  '{"records":[1]}',
  '{"records":[null]}',
  `{"records":[${'[],'.repeat(1_001)}[]]}`,
  `{"records":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}`,
  `{"records":[${'{},'.repeat(1_000)}{}]}`,
];

export const NO_EVENTS: readonly unknown[] = [
  {},
  { customerId: MARK },
  { records: [] },
  { eventId: { $gt: '' } },
  { length: 1 },
  { toJSON: 1 },
  { eventId: { inner: 'x' } },
];

export const POLLUTING = [
  '{"records":[{"__proto__":{"polluted":1}}]}',
  '{"__proto__":{"records":[{}]}}',
  '{"records":[{}],"__proto__":{"x":1}}',
  '{"records":[{"constructor":{"prototype":{"polluted":1}}}]}',
  '{"constructor":{"prototype":{"polluted":1}},"records":[]}',
];

/** Headers that front and back could read differently. */
export const CHUNKED = [
  'Transfer-Encoding: chunked',
  'Transfer-Encoding:  chunked, identity',
  'transfer-encoding : chunked',
  'Transfer-Encoding: xchunked',
];

/** What follows `Transfer-Encoding: chunked`. */
export const CHUNKS = [
  '-1\r\n',
  'ffffffffffffffffff\r\nx',
  '5\r\nhello',
  '0\r\nX: y\r\n\r\n',
  'zz\r\n\r\n',
  `1;${'e'.repeat(20_000)}\r\n{\r\n0\r\n\r\n`,
  '1\r\n{\r\n1\r\n}\r\n0\r\n\r\n',
  '5\nhello\n0\n\n',
];

/** For `Last-Event-ID`. */
export const ODD_PLACES = [
  '-',
  '0',
  '1',
  '1-0',
  'x-0-0',
  '9999999999999999999',
  `1${'-0'.repeat(11)}`,
  `1${'-0'.repeat(13)}`,
  `1${'-zzzzzz'.repeat(12)}`,
  `1${'--1'.repeat(12)}`,
  `1${'-1e9'.repeat(12)}`,
  '__proto__',
  MARK.repeat(1_000),
  `2${'-0'.repeat(12)}`,
  '1-00-0-0-0-0-0-0-0-0-0-0-0',
  MARK.repeat(1_500),
];
