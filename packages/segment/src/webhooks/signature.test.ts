import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { SHOPIFY_ORDER } from './fixtures.testing.ts';
import { isSignedBy, isStandardWebhookSignedBy } from './signature.ts';

const BODY = Buffer.from(SHOPIFY_ORDER);

describe('a signature of a shop', () => {
  const signature = createHmac('sha256', 'hush').update(BODY).digest('base64');

  test('is right for these very bytes and one of the secrets', () => {
    expect(isSignedBy(['hush'], BODY, signature)).toBe(true);
    expect(isSignedBy(['old', 'hush'], BODY, ` ${signature} `)).toBe(true);
  });

  test.each([
    ['another secret', ['loud'], BODY, signature],
    ['no secret', [], BODY, signature],
    ['other bytes', ['hush'], Buffer.concat([BODY, Buffer.from(' ')]), signature],
    ['none', ['hush'], BODY, undefined],
    ['an empty one', ['hush'], BODY, ''],
    ['a part of it', ['hush'], BODY, signature.slice(0, 20)],
    ['no base64', ['hush'], BODY, '§§§'],
  ] as const)('is wrong: %s', (_, secrets, body, given) => {
    expect(isSignedBy(secrets, body, given)).toBe(false);
  });
});

describe('a signature of a Standard Webhook', () => {
  // The example of the specification's own libraries.
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const body = Buffer.from('{"test": 2432232314}');
  const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
  const timestamp = '1614265330';
  const signature = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
  const at = 1_614_265_330_000;

  test('is that of id, time and bytes, one of several', () => {
    expect(isStandardWebhookSignedBy([secret], { id, timestamp, signature, body }, at)).toBe(true);
    expect(
      isStandardWebhookSignedBy(
        [secret],
        { id, timestamp, signature: `v1,AAAA v1a,x ${signature}`, body },
        at + 300_000,
      ),
    ).toBe(true);
  });

  test.each([
    ['another id', { id: 'msg_x' }, at],
    ['another time', { timestamp: '1614265331' }, at],
    ['no number as time', { timestamp: 'now' }, at],
    ['no signature', { signature: undefined }, at],
    ['a signature of another form', { signature: signature.slice(3) }, at],
    ['too old', {}, at + 300_001],
    ['ahead', {}, at - 300_001],
  ])('is wrong: %s', (_, changes, receivedAt) => {
    expect(isStandardWebhookSignedBy([secret], { id, timestamp, signature, body, ...changes }, receivedAt)).toBe(false);
  });
});
