import fc from 'fast-check';
import { expect, test } from 'vitest';
import { customerKey, parseCustomerKey } from './customer-key.ts';

test('an id of 1 to 256 bytes comes back from its key', () => {
  const ids = fc.string({ unit: 'binary', minLength: 1, maxLength: 64 });
  fc.assert(
    fc.property(ids, (id) => {
      expect(parseCustomerKey(customerKey(id))).toEqual({ ok: true, customerId: id });
    }),
  );
});

test.each([
  ['missing', null],
  ['empty', Buffer.alloc(0)],
  ['too-long', Buffer.alloc(257, 'a')],
  ['not-utf8', Buffer.from([0xc3, 0x28])],
])('a key that is %s is named so', (problem, key) => {
  expect(parseCustomerKey(key)).toEqual({ ok: false, problem });
});

test('256 bytes are allowed, counted in UTF-8', () => {
  expect(parseCustomerKey(Buffer.from('é'.repeat(128)))).toMatchObject({ ok: true });
  expect(parseCustomerKey(Buffer.from('é'.repeat(129)))).toMatchObject({ ok: false });
});

test.each([[''], ['a'.repeat(257)], ['half a pair: \ud83d']])(
  'no key is made of an id that could not be read back',
  (id) => {
    expect(() => customerKey(id)).toThrow(/1 to 256 bytes/);
  },
);
