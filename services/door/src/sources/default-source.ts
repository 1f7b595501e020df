import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DoorSource, hashOfKey } from './door-source.ts';
import { SourceBook } from './source-book.ts';

export const DEFAULT_NAME = 'default';
const KEY_FILE = 'write-key';
const KEY_BYTES = 24;
const KEY = /^[0-9a-f]{48}$/;

/** The write key of a data folder's source `default`, made when it is first asked for. Only its owner may read the file. */
export function defaultWriteKey(folder: string): string {
  const path = join(folder, KEY_FILE);
  const known = existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
  if (KEY.test(known)) return known;
  const key = randomBytes(KEY_BYTES).toString('hex');
  // Whole or not at all: half a key would be one that can be guessed.
  writeFileSync(`${path}.new`, `${key}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
  return key;
}

/** Whoever has the key may send everything; of pages only those of this machine. */
export function defaultSources(key: string): SourceBook {
  const source: DoorSource = {
    settings: { name: DEFAULT_NAME, kind: 'server', channel: null, currency: null },
    keyHashes: [hashOfKey(key)],
    origins: ['http://localhost:*', 'http://127.0.0.1:*', 'http://[::1]:*', 'http://localhost', 'http://127.0.0.1'],
    limits: { eventsPerSecond: 10_000, eventsPerSecondByAddress: null },
    webhook: null,
    tables: new Map(),
  };
  return new SourceBook([source]);
}
