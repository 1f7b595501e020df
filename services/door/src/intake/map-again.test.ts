import type { TimeMs } from '@tidemark/domain';
import { mapCall, mapShopify } from '@tidemark/segment';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mappingShopOf, mappingSourceOf } from '../sources/door-source.ts';
import { bookOf, NOW, SOURCES } from '../testing/test-door.ts';
import { LETTER } from './letter.ts';
import { mapAgain } from './map-again.ts';

const book = bookOf(SOURCES);
const sourceNamed = (name: string) => {
  const source = book.ofName(name);
  if (source === null) throw new Error(`expected a source ${name}`);
  return source;
};

function letter(source: string, value: string | null, headers: Record<string, string>) {
  const kept = { [LETTER.receivedAt]: String(NOW), ...headers };
  return { topic: `source:${source}`, value: value === null ? null : Buffer.from(value), headers: kept };
}

test('an event is mapped again to what it was when it came, whatever of it was missing', () => {
  const given = fc.record(
    {
      messageId: fc.constant('m1'),
      timestamp: fc.constantFrom('2026-11-21T11:59:00Z', 1_795_262_000),
      userId: fc.constant('anna'),
    },
    { requiredKeys: [] },
  );
  const sentAt = fc.constantFrom<unknown>(undefined, '2026-11-21T11:57:00Z', NOW - 180_000);
  const name = fc.constantFrom('shop', 'web');
  fc.assert(
    fc.property(given, sentAt, name, (fields, sent, source) => {
      const call = { type: 'page', ...fields };
      const receivedAt = NOW as TimeMs;
      const mapping = mappingSourceOf(sourceNamed(source), 'USD');
      const before = mapCall(call, { source: mapping, receivedAt, sentAt: sent, newId: () => 'made' });
      const headers: Record<string, string> = { [LETTER.form]: 'call', [LETTER.eventId]: before.eventId };
      if (sent !== undefined) headers[LETTER.sentAt] = String(sent);
      expect(mapAgain(letter(source, JSON.stringify(call), headers), book, 'USD')).toEqual(before);
    }),
  );
});

test('a body of a shop is mapped again by its topic', () => {
  const body = '{"id":1,"created_at":"2026-11-20T13:05:38Z","total_price":"1.00","customer":{"id":7},"currency":"USD"}';
  const before = mapShopify({
    shop: mappingShopOf(sourceNamed('eu'), 'USD'),
    body,
    topic: 'orders/create',
    receivedAt: NOW,
  });
  expect(mapAgain(letter('eu', body, { [LETTER.form]: 'webhook:orders/create' }), book, 'USD')).toEqual(before);
});

test.each([
  ['shop', null, 'call', 'without a value'],
  ['gone', '{}', 'call', 'of a source that is not in the file'],
  ['shop', '{}', 'webhook:orders/create', 'of a source that is not in the file'],
  ['shop', '{', 'body', 'of a body that nobody can take apart'],
])('a letter of %s with the value %j in the form %s is %s', (source, value, form, why) => {
  expect(mapAgain(letter(source, value, { [LETTER.form]: form }), book, 'USD')).toBe(why);
});
