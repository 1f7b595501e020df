import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { REGISTRY_FILE, withFacet } from './facet-files.ts';
import { checkName, type RoomKind } from './names.ts';
import { Refusal } from './refusal.ts';
import { inserted, topicInsertions } from './topic-files.ts';

const ROOT = join(import.meta.dirname, '../..');

function refusalOf(kind: RoomKind, name: string): string | null {
  try {
    checkName(ROOT, kind, name);
    return null;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error.message;
  }
}

describe('a name', () => {
  test.each<RoomKind>(['facet', 'topic'])('that is free is taken for a %s', (kind) => {
    for (const name of ['any-other', 'room', 'a', 'nps2']) expect(refusalOf(kind, name)).toBeNull();
  });

  test.each([
    '',
    'Cart',
    'cartValue',
    'cart_value',
    '-cart',
    'cart-',
    'cart--value',
    '2nd',
    'a/../b',
    'é',
    'a'.repeat(33),
  ])('that is written as %o is refused with how it should be', (name) => {
    for (const kind of ['facet', 'topic'] as const) {
      expect(refusalOf(kind, name)).toMatch(/^expected a name of at most 32 lower-case .*; found "/);
    }
  });

  test.each<[RoomKind, string, RegExp]>([
    [
      'facet',
      'churn',
      /^expected a name that is free, found churn: a facet has it \(packages\/domain\/src\/facets\/churn\)$/,
    ],
    ['facet', 'tier', /a service has it \(services\/tier\)/],
    ['facet', 'kafka', /a container of docker-compose.yml has it/],
    ['facet', 'timeline', /a topic has it/],
    ['facet', 'currency', /a part of the policy has it/],
    ['facet', 'class', /means something else in TypeScript/],
    ['facet', 'evolve', /means something else in TypeScript/],
    [
      'facet',
      'rfm-2',
      /^expected a name without a number at its end, which states of later versions have; found rfm-2$/,
    ],
    ['topic', 'orders', /a topic has it/],
    ['topic', 'order', /a raw topic has it \(schemas\/order-event\)/],
    ['topic', 'policy', /has it/],
    ['topic', 'rfm', /a facet has it/],
  ])('of a %s that is in use or reserved, %s, is refused with by what', (kind, name, says) => {
    expect(refusalOf(kind, name)).toMatch(says);
  });
});

test('a facet has a line in the registry, under its own name', () => {
  const registry = readFileSync(join(ROOT, REGISTRY_FILE), 'utf8');
  expect(withFacet(registry, 'room').replace(registry, '')).toBe("export { room } from './room/room.ts';\n");
  expect(withFacet(registry, 'any-other')).toContain(
    "export { anyOther as 'any-other' } from './any-other/any-other.ts';\n",
  );
});

test('each place of a topic is there once, also after another topic', () => {
  const texts = new Map<string, string>();
  for (const insertion of [...topicInsertions('room'), ...topicInsertions('any-other')]) {
    const { file } = insertion;
    texts.set(file, inserted(texts.get(file) ?? readFileSync(join(ROOT, file), 'utf8'), insertion));
  }
  expect(texts.size).toBeGreaterThan(10);
});

test('a place that is gone is named before anything is written', () => {
  const insertion = { file: 'a.ts', before: 'x', text: 'y' };
  expect(() => inserted('', insertion)).toThrow(
    /^a.ts: expected "x" once, found none: mend scripts\/new\/topic-files.ts/,
  );
  expect(() => inserted('x x', insertion)).toThrow(/found 2/);
});
