import { describe, expect, test } from 'vitest';
import { parseRedisUrl, retryDelayMs } from './client.ts';

describe('parseRedisUrl', () => {
  test('names every server, at the usual port if none is said', () => {
    expect(parseRedisUrl('redis://redis')).toEqual({ addresses: [{ host: 'redis', port: 6_379 }], isTls: false });
    expect(parseRedisUrl('rediss://a.example:1,[::1]:2/')).toEqual({
      addresses: [
        { host: 'a.example', port: 1 },
        { host: '::1', port: 2 },
      ],
      isTls: true,
    });
  });

  test('refuses a URL with a password, without showing it', () => {
    expect(() => parseRedisUrl('redis://user:psst@redis')).toThrow(/no user, password or path/);
  });
});

describe('retryDelayMs', () => {
  test('grows to 5 s, and is never less than half', () => {
    for (const [attempt, delayMs] of [
      [1, 100],
      [2, 200],
      [7, 5_000],
      [1_000, 5_000],
    ] as const) {
      expect(retryDelayMs(attempt)).toBeGreaterThanOrEqual(delayMs / 2);
      expect(retryDelayMs(attempt)).toBeLessThanOrEqual(delayMs);
    }
  });
});
