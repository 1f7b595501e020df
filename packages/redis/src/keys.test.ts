import type { CustomerId } from '@tidemark/domain';
import { describe, expect, test } from 'vitest';
import { SLOTS, slotOf } from './key-slot.ts';
import { Keys } from './keys.ts';

describe('slotOf', () => {
  test('is CRC16-XMODEM modulo 16,384', () => {
    expect(slotOf('123456789')).toBe(0x31c3);
    expect(slotOf('')).toBe(0);
  });
});

describe('Keys', () => {
  test('spread the lanes over the nodes of a cluster, to one lane', () => {
    for (const lanes of [1, 2, 3, 5, 12, 16, 30, 64]) {
      const keys = new Keys('tidemark', lanes);
      const slots = Array.from({ length: lanes }, (_, lane) => slotOf(tagIn(keys.ofLane(lane).customers)));
      for (let nodes = 1; nodes <= 10; nodes++) {
        const counts = Array.from({ length: nodes }, () => 0);
        for (const slot of slots) {
          const node = Math.floor((slot * nodes) / SLOTS);
          counts[node] = (counts[node] ?? 0) + 1;
        }
        expect(Math.max(...counts) - Math.min(...counts), `${lanes} lanes on ${nodes} nodes`).toBeLessThanOrEqual(1);
      }
    }
  });

  test('keep all of a lane in one slot, whatever braces are in ids and labels', () => {
    const keys = new Keys('tidemark', 12);
    const id = '{0.1}:{a}' as CustomerId;
    const all = [
      ...Object.values(keys.ofLane(7)),
      ...Object.values(keys.ofService('rfm', 7)),
      keys.ofCustomer(7, id),
      keys.ofLabel('tier', 7, '}{gold}'),
    ];
    expect(new Set(all.map(tagIn)).size).toBe(1);
    expect(new Set(all).size).toBe(all.length);
  });

  test('stay as they are: state is found by them', () => {
    const keys = new Keys('shop-eu', 12);
    expect(keys.about).toBe('shop-eu:about');
    expect(keys.ofCustomer(0, 'a' as CustomerId)).toBe('shop-eu:cust:{0.16999}:a');
    expect(keys.ofLabel('tier', 11, 'gold')).toBe('shop-eu:label:{11.6528}:tier:gold');
    expect(keys.ofService('rfm', 11).lane).toBe(`${keys.ofLane(11).lane}rfm`);
  });

  test('refuse a lane or a namespace that could meet others', () => {
    expect(() => new Keys('tidemark', 2).ofLane(2)).toThrow(/below their number/);
    expect(() => new Keys('a:b', 2)).toThrow(/namespace/);
    expect(() => new Keys('a', 2).ofService('a:b', 0)).toThrow(/service/);
  });
});

/** What Redis hashes of a key: what stands between the first `{` and the first `}` after it. */
function tagIn(key: string): string {
  const open = key.indexOf('{');
  return key.slice(open + 1, key.indexOf('}', open));
}
