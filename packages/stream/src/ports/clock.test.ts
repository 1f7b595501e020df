import fc from 'fast-check';
import { expect, test } from 'vitest';
import { untilBeat } from './clock.ts';

test('whoever sleeps until the next beat wakes within a millisecond of it, with all others, and never at once', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), fc.integer({ min: 1, max: 60_000 }), (now, everyMs) => {
      const ms = untilBeat({ elapsedMs: () => now }, everyMs);
      expect(Number.isInteger(ms)).toBe(true);
      expect(ms).toBeGreaterThan(0);
      expect(ms).toBeLessThanOrEqual(everyMs);
      const late = (now + ms) % everyMs;
      expect(Math.min(late, everyMs - late)).toBeLessThan(1 + 1e-6);
    }),
  );
});
