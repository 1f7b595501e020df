import type { TierChangeJson } from '@tidemark/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { settle } from './settle.ts';
import { changesOf } from './testing/change-server.ts';

const [EXAMPLE] = changesOf([0]) as [TierChangeJson];

function changed(
  customerId: string,
  from: string | null,
  to: string,
  direction: TierChangeJson['direction'] = 'up',
  more: Partial<TierChangeJson> = {},
): TierChangeJson {
  return { ...EXAMPLE, customerId, from, to, direction, ...more };
}

test('a customer’s changes are one, from where the first began, with all else of the last', () => {
  const changes = [
    changed('ada', 'base', 'silver', 'up', { number: 1, points: 30 }),
    changed('ben', null, 'base', 'enter'),
    changed('ada', 'silver', 'gold', 'up', { number: 3, points: 60 }),
  ];
  expect(settle(changes)).toEqual([
    changed('ben', null, 'base', 'enter'),
    changed('ada', 'base', 'gold', 'up', { number: 3, points: 60 }),
  ]);
});

test('there and back is no change, at one millisecond or not; an entry that went on is an entry', () => {
  expect(settle([changed('ada', 'base', 'gold'), changed('ada', 'gold', 'base', 'down')])).toEqual([]);
  expect(settle([changed('ada', null, 'base', 'enter'), changed('ada', 'base', 'gold')])).toEqual([
    changed('ada', null, 'gold', 'enter'),
  ]);
});

test('of up and down the direction is not known, of the same it stays', () => {
  const up = changed('ada', 'base', 'gold');
  expect(settle([up, changed('ada', 'gold', 'silver', 'down')])).toMatchObject([{ direction: 'unknown' }]);
  expect(settle([up, changed('ada', 'gold', 'top', 'up')])).toMatchObject([{ direction: 'up' }]);
});

test('whoever applies the net changes ends where whoever applies all of them ends', () => {
  const tiers = fc.constantFrom('a', 'b', 'c');
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('ada', 'ben'), tiers)), (moves) => {
      const current = new Map<string, string>();
      const changes = moves.flatMap(([customerId, to]) => {
        const from = current.get(customerId) ?? null;
        current.set(customerId, to);
        return from === to ? [] : [changed(customerId, from, to)];
      });
      expect(new Map(settle(changes).map(({ customerId, to }) => [customerId, to]))).toEqual(current);
      expect(settle(settle(changes))).toEqual(settle(changes));
    }),
  );
});
