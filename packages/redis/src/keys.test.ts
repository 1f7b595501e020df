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
    const { lane, customer, label, ...others } = keys.ofLane(7);
    const all = [lane, `${customer}epoch:{0.1}:{a}`, `${label}epoch:tier:}{gold}`, ...Object.values(others)];
    expect(new Set(all.map(tagIn)).size).toBe(1);
    expect(new Set(all).size).toBe(all.length);
  });

  test('stay as they are: state is found by them', () => {
    const keys = new Keys('shop-eu', 12);
    expect(keys.about).toBe('shop-eu:about');
    expect(keys.ofLane(11).lane).toBe('shop-eu:lane:{11.6528}');
    expect(Object.values(keys.ofLane(0))).toEqual(
      ['lane:{0.16999}', ...['cust', 'customers', 'timers', 'outbox', 'label'].map((what) => `${what}:{0.16999}:`)].map(
        (key) => `shop-eu:${key}`,
      ),
    );
  });

  test('refuse a lane or a namespace that could meet others', () => {
    expect(() => new Keys('tidemark', 2).ofLane(2)).toThrow(/below their number/);
    expect(() => new Keys('a:b', 2)).toThrow(/namespace/);
  });
});

/** What Redis hashes of a key: what stands between the first `{` and the first `}` after it. */
function tagIn(key: string): string {
  const open = key.indexOf('{');
  return key.slice(open + 1, key.indexOf('}', open));
}
