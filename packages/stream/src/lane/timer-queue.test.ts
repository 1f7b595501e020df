import type { CustomerId, TimeMs } from '@tidemark/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareTimers, type Timer, TimerQueue } from './timer-queue.ts';

test('timers come out by due time, then by the bytes of the customer id', () => {
  const timer = fc.record({
    due: fc.integer({ min: 0, max: 9 }),
    customerId: fc.string({ unit: 'binary', maxLength: 3 }),
  });
  fc.assert(
    fc.property(fc.array(timer), (drawn) => {
      const timers = drawn.map(
        ({ due, customerId }): Timer => ({ due: due as TimeMs, customerId: customerId as CustomerId }),
      );
      const queue = new TimerQueue();
      for (const each of timers) queue.push(each);
      const out: Timer[] = [];
      for (let first = queue.first; first !== undefined; first = queue.first) {
        out.push(first);
        queue.shift();
      }
      expect(out).toEqual([...timers].sort(compareTimers));
    }),
  );
});
