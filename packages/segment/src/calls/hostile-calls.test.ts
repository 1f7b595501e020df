import type { TimeMs } from '@tidemark/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PARTS, type Source, sourceOf } from '../source.ts';
import { checkOutcome } from '../testing/check-outcome.ts';
import { hostileCall, hostileJson } from '../testing/hostile-json.ts';
import { RECEIVED_AT } from '../testing/map.ts';
import { mapCall } from './map-call.ts';

const consents = new Map([['Advertising', [{ channel: 'email', purpose: 'marketing' }]]]);
const source: fc.Arbitrary<Source> = fc
  .record({
    kind: fc.constantFrom('server' as const, 'browser' as const),
    amounts: fc.constantFrom('decimal' as const, 'minor' as const),
    orderId: fc.constantFrom('required' as const, 'message_id' as const),
    may: fc.oneof(fc.constant(PARTS), fc.subarray([...PARTS])).map((parts) => new Set(parts)),
    actions: fc.option(fc.constant(new Set(['page_view', 'add_to_cart'])), { nil: null }),
  })
  .map((settings) => sourceOf({ name: 'shop', currency: 'USD', consents, ...settings }));

test('whatever a call holds, it is mapped without throwing, to what a producer may send, and alike each time', () => {
  const verdicts = { accepted: 0, ignored: 0, refused: 0 };
  fc.assert(
    fc.property(hostileCall, source, fc.option(hostileJson, { nil: undefined }), (call, from, sentAt) => {
      const receipt = { source: from, receivedAt: RECEIVED_AT as TimeMs, sentAt, newId: () => 'made' };
      const outcome = mapCall(call, receipt);
      verdicts[outcome.verdict]++;
      checkOutcome(outcome);
      expect(mapCall(structuredClone(call), receipt)).toEqual(outcome);
    }),
    { numRuns: 1_000 },
  );
  expect(Math.min(...Object.values(verdicts))).toBeGreaterThan(30);
});

test('what is said of a refused call quotes nothing of it', () => {
  const secret = 'S3CRET';
  const calls = [
    { type: secret },
    { type: 'track', event: 'x', userId: `anon:${secret}` },
    { type: 'track', event: 'x', userId: { [secret]: 1 } },
    { type: 'track', event: 'x', userId: 'u', timestamp: secret },
    { type: 'track', event: 'Order Completed', userId: 'u', properties: { order_id: 'o', total: secret } },
    { type: 'track', event: 'Order Completed', userId: 'u', properties: { order_id: 'o', total: 1, currency: secret } },
    { type: 'alias', userId: 'u', previousId: `${secret}@example.com` },
    { type: 'track', event: 'x', userId: secret.repeat(100) },
  ];
  for (const call of calls) {
    const shop = sourceOf({ name: 'shop', kind: 'server', currency: 'USD' });
    const outcome = mapCall(
      { ...call, messageId: 'm1' },
      { source: shop, receivedAt: RECEIVED_AT, newId: () => 'made' },
    );
    expect(outcome.verdict).toBe('refused');
    expect(JSON.stringify(outcome)).not.toContain(secret);
  }
});
