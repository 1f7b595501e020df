import { expect, test } from 'vitest';
import { Semaphore } from './semaphore.ts';

test('so many pieces of work run at a time, in order, and one that fails gives its place to the next', async () => {
  const semaphore = new Semaphore(2);
  const begun: number[] = [];
  const ends = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
  const runs = ends.map(({ promise }, i) =>
    semaphore.run(() => {
      begun.push(i);
      return promise;
    }),
  );
  const failed = expect(runs[1]).rejects.toThrow('1 failed');
  expect(begun).toEqual([0, 1]);
  ends[1]?.reject(new Error('1 failed'));
  await failed;
  expect(begun).toEqual([0, 1, 2]);
  for (const { resolve } of ends) resolve();
  await Promise.allSettled(runs);
  expect(begun).toEqual([0, 1, 2, 3, 4]);
  await expect(semaphore.run(async () => 'free again')).resolves.toBe('free again');
});
