import { describe, expect, test } from 'vitest';
import { asBuffer, LONG_MAX, typeOf } from './avro-types.ts';

const record = (fieldType: unknown) =>
  typeOf({ type: 'record', name: 'R', fields: [{ name: 'field', type: fieldType }] });
/** 2^40 as a zigzag varint: far more elements than there are bytes. */
const HUGE = [0x80, 0x80, 0x80, 0x80, 0x80, 0x40];
/** The varint of a number too great for a double: avsc reads Infinity. */
const ENDLESS = [...Array<number>(200).fill(0xff), 0x01];

describe('bytes that lie are refused at once', () => {
  test.each([
    ['an array of a trillion', { type: 'array', items: 'string' }, HUGE],
    ['an array without end', { type: 'array', items: 'string' }, ENDLESS],
    ['a map of a trillion', { type: 'map', values: 'string' }, HUGE],
    ['a map without end', { type: 'map', values: 'string' }, ENDLESS],
    ['a string longer than the bytes', 'string', [...HUGE, 0x61]],
    ['a string of negative length', 'string', [0x01]],
    ['invalid UTF-8', 'string', [0x02, 0xff]],
    ['a UTF-8 sequence cut short', 'string', [0x04, 0xe2, 0x82]],
    ['a boolean of 2', 'boolean', [0x02]],
    ['an int of 40 bits', 'int', HUGE],
    ['a long of 2^52', 'long', [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]],
    ['a long of -2^52 - 1', 'long', [0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]],
    ['a long without end', 'long', ENDLESS],
    ['an enum symbol that is not there', { type: 'enum', name: 'E', symbols: ['A'] }, [0x02]],
    ['a union branch that is not there', ['null', 'string'], [0x04]],
    ['a map key that would set a prototype', { type: 'map', values: 'string' }, protoKey()],
  ])('%s', (_name, fieldType, bytes) => {
    expect(() => record(fieldType).fromBuffer(Buffer.from(bytes))).toThrow();
  });

  test('in a field that the reader skips, too', () => {
    const reader = record('string');
    const fields = [
      { name: 'dropped', type: { type: 'array', items: 'string' } },
      { name: 'droppedMap', type: { type: 'map', values: 'string' } },
      { name: 'field', type: 'string' },
    ];
    const resolver = reader.createResolver(typeOf({ type: 'record', name: 'R', fields }));
    expect(() => reader.fromBuffer(Buffer.from(HUGE), resolver)).toThrow();
    expect(() => reader.fromBuffer(Buffer.from([0, ...HUGE]), resolver)).toThrow();
    expect(() => reader.fromBuffer(Buffer.from([0, ...ENDLESS]), resolver)).toThrow();
    const valid = Buffer.from([4, 2, 0x61, 2, 0x62, 0, 2, 2, 0x6b, 2, 0x76, 0, 2, 0x63]);
    expect(reader.fromBuffer(valid, resolver)).toEqual({ field: 'c' });
  });
});

test('the greatest and smallest longs come back, and those beyond are refused when written', () => {
  const type = record('long');
  for (const field of [LONG_MAX, -LONG_MAX, 0]) expect(type.fromBuffer(type.toBuffer({ field }))).toEqual({ field });
  for (const field of [LONG_MAX + 1, -LONG_MAX - 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => type.toBuffer({ field })).toThrow();
  }
});

test('a replacement character that was really written is read', () => {
  expect(record('string').fromBuffer(Buffer.from([0x06, 0xef, 0xbf, 0xbd]))).toEqual({ field: '\u{fffd}' });
});

test('arrays and maps in several blocks, as other writers make them, are read whole', () => {
  const array = Buffer.from([0x02, 0x02, 0x61, /* a sized block */ 0x01, 0x04, 0x02, 0x62, 0x00]);
  expect(record({ type: 'array', items: 'string' }).fromBuffer(array)).toEqual({ field: ['a', 'b'] });
  const map = Buffer.from([0x02, 0x02, 0x61, 0x02, 0x78, 0x01, 0x08, 0x02, 0x62, 0x02, 0x79, 0x00]);
  expect(record({ type: 'map', values: 'string' }).fromBuffer(map)).toEqual({ field: { a: 'x', b: 'y' } });
});

test('a map with the key __proto__ cannot be written, since it could not be read back', () => {
  const map = Object.defineProperty({}, '__proto__', { value: 'x', enumerable: true });
  expect(() => record({ type: 'map', values: 'string' }).toBuffer({ field: map })).toThrow();
});

test('a view of part of a buffer is taken as that part', () => {
  const whole = Uint8Array.of(1, 2, 3, 4);
  expect([...asBuffer(whole.subarray(1, 3))]).toEqual([2, 3]);
});

function protoKey(): number[] {
  const key = Buffer.from('__proto__');
  return [0x02, key.length * 2, ...key, 0x02, 0x61, 0x00];
}
