import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TimeMs } from '@tidemark/domain';
import { describe, expect, onTestFinished, test } from 'vitest';
import { countedAs } from '../http/client-address.ts';
import { bookOf, KEYS, SOURCES } from '../testing/test-door.ts';
import { defaultSources, defaultWriteKey } from './default-source.ts';
import { hashOfKey } from './door-source.ts';
import { isOriginOf } from './source-book.ts';
import { watchSources } from './watch-sources.ts';

const hashed = (key: string) => `sha256:${hashOfKey(key).toString('hex')}`;

describe('a sources file', () => {
  test('says who sends by which key, of which two may hold at once, so that one can be taken out', () => {
    const book = bookOf(`sources: [{ name: a, kind: server, keys: [${hashed('old')}, ${hashed('new')}] }]`);
    expect(['old', 'new', 'other', ''].map((key) => book.ofKey(key)?.settings.name ?? null)).toEqual([
      'a',
      'a',
      null,
      null,
    ]);
    expect(bookOf(SOURCES).ofKey(KEYS.web)?.settings).toMatchObject({ name: 'web', kind: 'browser' });
  });

  test.each([
    ['sources: [{ name: a, kind: server }]', 'sources[0].keys: expected at least one, found none'],
    ['sources: [{ name: A, kind: server }]', 'sources[0].name: expected at most 64 lower-case letters'],
    ['sources: [{ name: a, kind: server, keys: [a-key-in-clear] }]', 'sources[0].keys[0]: expected `sha256:`'],
    ['sources: [{ name: a, kind: else }]', 'sources[0].kind: expected one of server, browser, webhook'],
    [`sources: [{ name: a, kind: browser, keys: [${hashed('a')}] }]`, 'sources[0].origins: expected the pages'],
    ['sources: [{ name: a, kind: webhook, platform: shopify }]', 'sources[0].secrets_files: expected the file'],
    ['sources: [{ name: a, kind: webhook, platform: shopify, secrets_files: [none] }]', 'found an empty one'],
    [`sources: [{ name: a, kind: server, keys: [${hashed('a')}], colour: red }]`, 'found colour'],
    [
      `sources: [{ name: a, kind: server, currency: usd, keys: [${hashed('a')}] }]`,
      'sources[0].currency: expected an ISO',
    ],
    [
      `sources: [{ name: a, kind: server, keys: [${hashed('a')}] }, { name: a, kind: server, keys: [${hashed('b')}] }]`,
      'sources[1].name: expected a name of its own',
    ],
    [
      `sources: [{ name: a, kind: server, keys: [${hashed('a')}] }, { name: b, kind: server, keys: [${hashed('a')}] }]`,
      'sources[1].keys: expected keys of its own',
    ],
    [`sources: [{ name: default, kind: server, keys: [${hashed('a')}] }]`, 'sources[0].name: expected another name'],
    ['trusted_proxies: [10.0.0.0/33]\nsources: []', 'trusted_proxies[0]: expected an address'],
    ['sources: [', 'expected YAML'],
    ['', 'expected a mapping with a list `sources`'],
  ])('%j is refused, and the problem names its place and quotes no value', (text, expected) => {
    expect(() => bookOf(text)).toThrow(expected);
    expect(() => bookOf(text)).not.toThrow('a-key-in-clear');
  });

  test('has pages by origin, whole or with any port', () => {
    const origins = ['https://shop.example', 'http://localhost:*'];
    const allowed = (origin: string) => isOriginOf({ origins }, origin);
    expect(['https://shop.example', 'http://localhost:3000', 'http://localhost'].map(allowed)).toEqual([
      true,
      true,
      true,
    ]);
    expect(
      ['https://shop.example:8443', 'https://shop.example.evil', 'http://localhost.evil:1', 'null'].map(allowed),
    ).toEqual([false, false, false, false]);
  });
});

test('a client is counted by its address, of IPv6 by its network of 64 bits', () => {
  expect(countedAs('203.0.113.7')).toBe('203.0.113.7');
  const same = ['2001:db8::1', '2001:0db8:0:0:ffff::', '2001:db8:0:0:1:2:3:4'].map(countedAs);
  expect(new Set(same)).toEqual(new Set(['2001:db8:0:0::/64']));
  expect(countedAs('2001:db8:0:1::1')).not.toBe(same[0]);
});

test('the file is read again when it or a secret has changed, and told so; one that has become invalid changes nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-sources-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'sources.yaml');
  writeFileSync(join(folder, 'secret'), 'one');
  const write = (key: string) =>
    writeFileSync(
      file,
      `sources:\n  - { name: a, kind: server, keys: [${hashed(key)}] }\n  - { name: b, kind: webhook, platform: shopify, secrets_files: [secret] }\n`,
    );
  write('first');
  const told: string[] = [];
  const tell = (_fields: object, message: string) => void told.push(message);
  const sleeps: (() => void)[] = [];
  const clock = {
    now: () => 0 as TimeMs,
    elapsedMs: () => 0,
    sleep: () => new Promise<void>((resolve) => sleeps.push(resolve)),
  };
  const look = async () => {
    sleeps.shift()?.();
    await new Promise(setImmediate);
  };
  const watched = watchSources(file, { clock, logger: { info: tell, warn: tell } as never });
  onTestFinished(() => watched.stop());
  await look();
  expect(told).toEqual([]);
  write('second');
  await look();
  expect([watched.current.ofKey('first'), watched.current.ofKey('second')?.settings.name]).toEqual([null, 'a']);
  writeFileSync(join(folder, 'secret'), 'two');
  await look();
  expect(watched.current.ofName('b')?.webhook?.secrets).toEqual(['two']);
  expect(told).toEqual(['sources were read again', 'sources were read again']);
  writeFileSync(file, 'sources: {}');
  await look();
  await look();
  expect(told.slice(2)).toEqual([expect.stringContaining('sources are as they were')]);
  expect(watched.current.ofKey('second')?.settings.name).toBe('a');
});

test('the write key of a data folder is made once, random, and for its owner alone; half a key is none', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-key-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const key = defaultWriteKey(folder);
  expect(key).toMatch(/^[0-9a-f]{48}$/);
  expect(defaultWriteKey(folder)).toBe(key);
  expect(statSync(join(folder, 'write-key')).mode & 0o777).toBe(0o600);
  expect(defaultSources(key).ofKey(key)?.settings.name).toBe('default');
  writeFileSync(join(folder, 'write-key'), '');
  const next = defaultWriteKey(folder);
  expect(next).not.toBe(key);
  expect(next).toMatch(/^[0-9a-f]{48}$/);
});
