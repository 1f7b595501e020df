import { expect, test } from 'vitest';
import { StoreNode } from './store-node.ts';

test('a restart goes back to what the file has, a failover to what the replica has, over all that the node holds', () => {
  const { node, commit, held } = nodeOfTwo();
  commit('a');
  node.copy({ toFile: true, toReplica: false });
  commit('b');
  node.copy({ toFile: false, toReplica: true });
  commit('a');
  expect(node.failOver()).toBe(1);
  expect(held).toEqual({ a: 1, b: 1 });
  expect(node.restart()).toBe(1);
  expect(held).toEqual({ a: 1, b: 0 });
  expect(node.failOver()).toBe(0);
});

test('what one part lost alone is not lost again with the rest', () => {
  const { node, commit, held, parts } = nodeOfTwo();
  commit('a');
  commit('b');
  parts.a.undo();
  node.forget(parts.a);
  expect(node.restart()).toBe(1);
  expect(held).toEqual({ a: 0, b: 0 });
});

function nodeOfTwo() {
  const node = new StoreNode();
  const held = { a: 0, b: 0 };
  const part = (name: 'a' | 'b') => ({
    undo: () => {
      held[name]--;
      return true;
    },
  });
  const parts = { a: part('a'), b: part('b') };
  const commit = (name: 'a' | 'b') => {
    held[name]++;
    node.add(parts[name]);
  };
  return { node, held, parts, commit };
}
