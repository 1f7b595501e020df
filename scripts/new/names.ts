import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { Refusal } from './refusal.ts';

export type RoomKind = 'facet' | 'topic';

const KEBAB_CASE = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
/** Names stand in topics, keys, metrics and columns. */
const LENGTH_MAX = 32;

/** `cart-value` becomes `cartValue`. */
export function camelCase(name: string): string {
  return name.replaceAll(/-(.)/g, (_all, letter: string) => letter.toUpperCase());
}

/** `cart-value` becomes `CartValue`. */
export function pascalCase(name: string): string {
  return camelCase(`-${name}`);
}

/** As people write it: `cart-value` becomes `Cart value`. */
export function titleOf(name: string): string {
  const words = wordsOf(name);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Within a sentence: `cart-value` becomes `cart value`. */
export function wordsOf(name: string): string {
  return name.replaceAll('-', ' ');
}

/** Throws a `Refusal` for a name that is badly written, means something already, or is in use in the repository at `root`. */
export function checkName(root: string, kind: RoomKind, name: string): void {
  if (!KEBAB_CASE.test(name) || name.length > LENGTH_MAX) {
    const expected = `a name of at most ${LENGTH_MAX} lower-case letters and digits in words joined by hyphens, such as cart-value`;
    throw new Refusal(`expected ${expected}; found ${JSON.stringify(name)}`);
  }
  if (/-\d+$/.test(name)) {
    throw new Refusal(
      `expected a name without a number at its end, which states of later versions have; found ${name}`,
    );
  }
  const use = useOf(root, kind, name);
  if (use !== undefined) throw new Refusal(`expected a name that is free, found ${name}: ${use}`);
}

function useOf(root: string, kind: RoomKind, name: string): string | undefined {
  const folders: Readonly<Record<string, string>> = {
    [`packages/domain/src/facets/${name}`]: 'a facet has it',
    [`services/${name}`]: 'a service has it',
    [`schemas/${name}-change`]: 'the changes of another service have it',
    [`schemas/${name}-event`]: 'a raw topic has it',
    [`schemas/timeline-${name}`]: 'a kind of timeline record has it',
  };
  const [folder] = Object.keys(folders).filter((path) => existsSync(join(root, path)));
  if (folder !== undefined) return `${folders[folder]} (${folder})`;
  if (containersIn(root).has(name)) return 'a container of docker-compose.yml has it';
  if (TOPICS.has(name)) return 'a topic has it';
  if (kind === 'facet' && POLICY_PARTS.has(name)) return 'a part of the policy has it';
  if (isWordOfTypeScript(camelCase(name)) || TEMPLATE_WORDS.has(name)) return 'it means something else in TypeScript';
  return undefined;
}

function containersIn(root: string): ReadonlySet<string> {
  const { services } = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true });
  return new Set(Object.keys(services));
}

/** Those whose records are called otherwise. */
const TOPICS: ReadonlySet<string> = new Set([
  ...['interactions', 'orders', 'marketing', 'identities', 'control'],
  ...['timeline', 'tier-changes', 'dead-letters', 'tick', 'policy', 'live-switch', 'cutover', 'format', 'punctuation'],
]);

/** What a policy has at its top besides the sections of facets, in a file or in the log. */
const POLICY_PARTS: ReadonlySet<string> = new Set([
  ...['name', 'currency', 'events', 'orders', 'points', 'tiers', 'review'],
]);

/** What the files of a new facet import, or call their own, under one lower-case word. */
const TEMPLATE_WORDS: ReadonlySet<string> = new Set(['facet', 'ranked', 'evolve', 'expect', 'test', 'fold', 'score']);

function isWordOfTypeScript(identifier: string): boolean {
  try {
    // Only parsed: a word of the language is no name in it.
    return typeof new Function(`'use strict'; let ${identifier};`) !== 'function';
  } catch {
    return true;
  }
}
