import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { CustomerId, TimeMs } from '@tidemark/domain';
import { commitPart, type NewRecord } from '@tidemark/stream';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { openForWriting } from './data-folder.ts';
import { EmbeddedStore } from './embedded-store.ts';
import { type Embedded, openEmbedded, openEmbeddedReader, removeEmbedded } from './index.ts';

const LANES = 3;
const TOPIC = 'timeline';
const RECORD: NewRecord = { key: null, value: new Uint8Array(), headers: {} };
/** By then the files are looked at again. */
const LOOKED_AGAIN_MS = 30;
const clock = { now: () => Date.now() as TimeMs, elapsedMs: () => performance.now(), sleep: async () => {} };

/** A thread that keeps everybody else out of a database for a moment, as the last connection does that closes. */
const HOLDS_FOR_A_WHILE = `
  const { DatabaseSync } = require('node:sqlite');
  const { parentPort, workerData } = require('node:worker_threads');
  const connection = new DatabaseSync(workerData);
  connection.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  parentPort.postMessage(null);
  setTimeout(() => connection.close(), 300);
`;

let parent: string;
let folder: string;
let file: string;
const open = (lanes = LANES): Embedded => openEmbedded({ folder, lanes, topics: [TOPIC], clock });

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'tidemark-folder-'));
  folder = join(parent, 'data');
  file = join(folder, 'tidemark.db');
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

describe('a data folder', () => {
  test('is made, for its owner alone', () => {
    open().close();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder).sort()).toEqual(['tidemark-lock.db', 'tidemark.db']);
  });

  test('that was removed or replaced while it is used takes and gives nothing more; put back, it goes on', async () => {
    const embedded = open();
    const writer = await embedded.log.writer();
    await writer.send(TOPIC, 0, [RECORD]);
    const moved = join(parent, 'elsewhere');
    const expectGone = async () => {
      const gone = { code: 'data-folder-gone', retriable: true };
      await sleep(LOOKED_AGAIN_MS);
      await expect(writer.send(TOPIC, 0, [RECORD])).rejects.toMatchObject(gone);
      await expect(embedded.store.metas(0)).rejects.toMatchObject(gone);
      await expect(embedded.store.acquire('rfm', 0)).rejects.toMatchObject(gone);
    };
    renameSync(folder, moved);
    await expectGone();
    cpSync(moved, folder, { recursive: true });
    await expectGone();
    rmSync(folder, { recursive: true });
    renameSync(moved, folder);
    await sleep(LOOKED_AGAIN_MS);
    expect(await writer.send(TOPIC, 0, [RECORD])).toMatchObject({ baseOffset: 1 });
    expect(await embedded.log.read(TOPIC, 0, 0, 9)).toHaveLength(2);
    embedded.close();
  });

  test('that was deleted while it is used is not made anew, and can be closed', async () => {
    const embedded = open();
    const writer = await embedded.log.writer();
    await writer.send(TOPIC, 0, [RECORD]);
    rmSync(folder, { recursive: true });
    await sleep(LOOKED_AGAIN_MS);
    await expect(writer.send(TOPIC, 0, [RECORD])).rejects.toThrow(/removed or replaced.*start again/);
    embedded.close();
    expect(existsSync(folder)).toBe(false);
  });

  test('whose write-ahead log alone was removed takes nothing more', async () => {
    const embedded = open();
    const writer = await embedded.log.writer();
    await writer.send(TOPIC, 0, [RECORD]);
    await sleep(LOOKED_AGAIN_MS);
    await writer.send(TOPIC, 0, [RECORD]);
    rmSync(`${file}-wal`);
    await sleep(LOOKED_AGAIN_MS);
    await expect(writer.send(TOPIC, 0, [RECORD])).rejects.toMatchObject({ code: 'data-folder-gone' });
    embedded.close();
  });

  test('goes on delivering to consumers once it was put back', async () => {
    const before = open();
    const writer = await before.log.writer();
    for (let n = 0; n < 3; n++) await writer.send(TOPIC, 0, [RECORD]);
    // What a process wrote last it remembers; another has to read it.
    before.close();
    const embedded = open();
    const delivered: number[] = [];
    const isAssigned = Promise.withResolvers<void>();
    const consumer = await embedded.log.consume({
      group: 'readers',
      topics: [TOPIC],
      handler: {
        assigned(lane, own) {
          own.pause(TOPIC, lane);
          own.seek(TOPIC, lane, 0);
          if (lane === 0) isAssigned.resolve();
        },
        batch: (_topic, _lane, records) => void delivered.push(...records.map(({ offset }) => offset)),
        revoked: () => {},
      },
    });
    await isAssigned.promise;
    await embedded.log.bounds(TOPIC, 0);
    const moved = join(parent, 'elsewhere');
    renameSync(folder, moved);
    await sleep(LOOKED_AGAIN_MS);
    consumer.resume(TOPIC, 0);
    await sleep(LOOKED_AGAIN_MS);
    expect(delivered).toEqual([]);
    renameSync(moved, folder);
    await vi.waitFor(() => expect(delivered).toEqual([0, 1, 2]), { timeout: 20_000 });
    embedded.close();
  });

  test('on a full disk takes nothing, says what to do, and goes on when there is room', async () => {
    const database = openForWriting(folder, LANES, [TOPIC]);
    const store = new EmbeddedStore(database);
    const pages = (count: number) => database.prepare(`PRAGMA max_page_count = ${count}`).get();
    const [used] = database.prepare('PRAGMA page_count').get() as unknown as [number];
    pages(used + 2);
    const facets = Array.from({ length: 100 }, (_, i) => {
      return { customerId: `c${i}` as CustomerId, facet: 'x'.repeat(1_000), timer: null, label: null };
    });
    const chunk = { token: 'one', meta: '{}', facets, outbox: [], trimThrough: 0 };
    await expect(commitPart(store, 'rfm', 0, null, chunk)).rejects.toMatchObject({
      code: 'disk-full',
      retriable: true,
      message: expect.stringMatching(/Make room/),
    });
    expect(await store.acquire('rfm', 0)).toBeNull();
    pages(used + 1_000);
    expect(await commitPart(store, 'rfm', 0, null, chunk)).toBe('committed');
    database.close();
  });

  test('whose last connection is about to close is waited for', async () => {
    open().close();
    const held = new Worker(HOLDS_FOR_A_WHILE, { eval: true, workerData: file });
    await once(held, 'message');
    open().close();
    await held.terminate();
  });

  test('that cannot be made is a clear error', () => {
    writeFileSync(folder, 'a file');
    expect(() => open()).toThrow(expect.objectContaining({ code: 'store-unavailable' }));
    expect(readFileSync(folder, 'utf8')).toBe('a file');
  });

  test('is refused, untouched, when its database is not ours', () => {
    mkdirSync(folder);
    const foreign = new DatabaseSync(file);
    foreign.exec('CREATE TABLE recipes (name TEXT)');
    foreign.close();
    expectRefused('data-folder-corrupt', /not Tidemark's/);
    expect(() => removeEmbedded(folder)).toThrow(expect.objectContaining({ code: 'data-folder-corrupt' }));
  });

  test.each([
    ['garbage', Buffer.alloc(50_000, 'garbage')],
    ['nothing', Buffer.alloc(0)],
  ])('is refused, untouched, when its database holds %s', (_what, bytes) => {
    mkdirSync(folder);
    writeFileSync(file, bytes);
    expectRefused('data-folder-corrupt', /Expected .* found: .*Nothing was changed/);
  });

  test('is refused, untouched, when its database was cut off', async () => {
    await fill();
    truncateSync(file, 100_000 - (100_000 % 8_192));
    expectRefused('data-folder-corrupt', /sound SQLite database/);
  });

  test('is refused, untouched, when a page was overwritten', async () => {
    await fill();
    const bytes = readFileSync(file);
    bytes.fill(0xa5, 20 * 8_192, 24 * 8_192);
    writeFileSync(file, bytes);
    const before = contents();
    expect(() => open()).toThrow(expect.objectContaining({ code: 'data-folder-corrupt' }));
    expect(contents()).toEqual(before);
  });

  test('is refused, untouched, when a newer Tidemark wrote it', async () => {
    await fill();
    change('PRAGMA user_version = 99');
    expectRefused('data-folder-newer', /format 4 .*found format 99/);
  });

  test('is refused, untouched, when it has another number of lanes', async () => {
    await fill();
    const before = contents();
    expect(() => open(LANES + 1)).toThrow(/Expected 4 lanes.*found data of 3 lanes/);
    expect(contents()).toEqual(before);
  });

  test.each([
    "headers = '['",
    "headers = '[]'",
    "records = x'00'",
    "records = x'ffffff00'",
    "records = CAST(records || x'00' AS BLOB)",
    'records = CAST(substr(records, 1, length(records) - 1) AS BLOB)',
    "records = CAST(substr(records, 1, length(records) - 4) || x'00000000' AS BLOB)",
    'count = count + 1',
  ])('tells consumers of damage that shows while it is read: %s', async (damage) => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    await fill();
    change(`UPDATE blocks SET ${damage} WHERE id = (SELECT min(id) FROM blocks)`);
    const embedded = openEmbedded({ folder, lanes: LANES, topics: [TOPIC], clock, onFailure: resolve });
    await embedded.log.consume({
      group: 'readers',
      topics: [TOPIC],
      handler: { assigned: (lane, consumer) => consumer.seek(TOPIC, lane, 0), batch: () => {}, revoked: () => {} },
    });
    expect(await promise).toMatchObject({ code: 'data-folder-corrupt' });
    embedded.close();
  });

  test.runIf(process.getuid?.() !== 0)('that may not be written is a clear error', async () => {
    await fill();
    chmodSync(file, 0o400);
    expect(() => open()).toThrow(expect.objectContaining({ code: 'store-unavailable' }));
  });

  test('can be opened once in a process', () => {
    const first = open();
    expect(() => open()).toThrow(expect.objectContaining({ code: 'data-folder-held' }));
    first.close();
    open().close();
  });
});

describe('removeEmbedded', () => {
  test('removes our files, and leaves others', async () => {
    await fill();
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    removeEmbedded(folder);
    expect(readdirSync(folder).sort()).toEqual(['notes.txt', 'tidemark-lock.db']);
    const embedded = open();
    expect(await embedded.log.bounds(TOPIC, 0)).toEqual({ start: 0, end: 0 });
    embedded.close();
  });

  test('removes a damaged database', () => {
    mkdirSync(folder);
    writeFileSync(file, Buffer.alloc(50_000, 'garbage'));
    removeEmbedded(folder);
    open().close();
  });

  test('of a folder that is not there does nothing', () => {
    removeEmbedded(folder);
    expect(existsSync(folder)).toBe(false);
  });

  test('is refused while the folder is in use', async () => {
    const embedded = open();
    expect(() => removeEmbedded(folder)).toThrow(expect.objectContaining({ code: 'data-folder-held' }));
    const writer = await embedded.log.writer();
    await writer.send(TOPIC, 0, records(0, 1));
    embedded.close();
  });
});

describe('another process', () => {
  test('that holds the folder keeps this one out, and can be read beside', async () => {
    const { acknowledged, kill } = await startWriter();
    await acknowledged(5);
    expect(() => open()).toThrow(expect.objectContaining({ code: 'data-folder-held' }));
    expect(() => removeEmbedded(folder)).toThrow(expect.objectContaining({ code: 'data-folder-held' }));
    const reader = openEmbeddedReader(folder);
    expect(reader.topics).toEqual([TOPIC]);
    expect(reader.log.lanes).toBe(LANES);
    const before = (await reader.log.bounds(TOPIC, 0)).end;
    expect(before).toBeGreaterThan(0);
    const count = await acknowledged(before + 5);
    expect((await reader.log.bounds(TOPIC, 0)).end).toBeGreaterThanOrEqual(count);
    expect(await reader.log.read(TOPIC, 0, before, 1)).toHaveLength(1);
    expect((await reader.store.customer(0, 'a' as CustomerId)).facets).toEqual(new Map([['rfm', expect.any(String)]]));
    expect(await reader.store.customers(0, null, 10)).toHaveLength(1);
    reader.close();
    await kill();
  });

  test('killed with kill -9 frees the folder, and what it acknowledged is all there', async () => {
    let before = 0;
    for (let round = 0; round < 3; round++) {
      const { acknowledged, kill } = await startWriter();
      await acknowledged(before + 200);
      const count = await kill();
      const embedded = open();
      const { end } = await embedded.log.bounds(TOPIC, 0);
      expect(end).toBeGreaterThanOrEqual(count);
      const stored = await embedded.log.read(TOPIC, 0, 0, end);
      expect(stored.map((record) => record.headers['n'])).toEqual(Array.from({ length: end }, (_, i) => String(i)));
      // The state follows each send: it is never ahead of the log, and at most one behind.
      const committed = Number((await embedded.store.acquire('rfm', 0))?.token);
      expect(committed).toBeGreaterThanOrEqual(count);
      expect(committed).toBeLessThanOrEqual(end);
      embedded.close();
      before = end;
    }
  });
});

/** A process that sends a record, commits its number as the state, and says so, over and over. */
async function startWriter(): Promise<{ acknowledged(count: number): Promise<number>; kill(): Promise<number> }> {
  const program = `
    import { openEmbedded } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))};
    const clock = { now: () => Date.now(), elapsedMs: () => 0, sleep: async () => {} };
    const options = ${JSON.stringify({ folder, lanes: LANES, topics: [TOPIC] })};
    const { log, store } = openEmbedded({ ...options, clock });
    const writer = await log.writer();
    let token = (await store.acquire('rfm', 0))?.token ?? null;
    for (;;) {
      const n = (await log.bounds('${TOPIC}', 0)).end;
      await writer.send('${TOPIC}', 0, [{ key: null, value: new Uint8Array(1_000), headers: { n: String(n) } }]);
      const facets = [{ customerId: 'a', facet: String(n), timer: n }];
      const next = String(n + 1);
      const chunk = { token: next, meta: '{}', facets, outbox: [], trimThrough: 0 };
      await store.commitLane(0, [{ service: 'rfm', token, chunk }]);
      token = next;
      process.stdout.write(next + '\\n');
      // Nothing but the log and the store is kept: the lock must not be collected as garbage.
      if (n % 10 === 0) globalThis.gc();
      await new Promise((resolve) => setImmediate(resolve));
    }
  `;
  const args = ['--no-warnings', '--expose-gc', '--input-type=module-typescript', '--eval', program];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  let newest = 0;
  const lines = createInterface(child.stdout);
  lines.on('line', (line) => {
    newest = Number(line);
  });
  return {
    acknowledged: async (count) => {
      while (newest < count) {
        if (child.exitCode !== null) throw new Error(`the writer ended with exit code ${child.exitCode}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return newest;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
      if (!child.stdout.readableEnded) await once(lines, 'close');
      return newest;
    },
  };
}

async function fill(): Promise<void> {
  const embedded = open();
  const writer = await embedded.log.writer();
  for (let i = 0; i < 20; i++) await writer.send(TOPIC, i % LANES, records(i * 100, 100));
  embedded.close();
}

function incompressible(n: number): Buffer {
  return Buffer.concat([0, 1, 2].map((part) => createHash('sha512').update(`${n} ${part}`).digest()));
}

function records(from: number, count: number): NewRecord[] {
  return Array.from({ length: count }, (_, i) => ({
    key: Buffer.from(String(from + i)),
    value: incompressible(from + i),
    headers: { n: String(from + i) },
  }));
}

function change(sql: string): void {
  const connection = new DatabaseSync(file);
  connection.exec(sql);
  connection.close();
}

function expectRefused(code: string, message: RegExp): void {
  const before = contents();
  const refusal = expect.objectContaining({ code, message: expect.stringMatching(message) });
  expect(() => open()).toThrow(refusal);
  expect(() => openEmbeddedReader(folder)).toThrow(expect.objectContaining({ code }));
  expect(contents()).toEqual(before);
}

/** Every file of the folder, except the lock and what a reader of a write-ahead log makes for itself. */
function contents(): string[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith('tidemark.db') && !name.endsWith('-shm'))
    .filter((name) => statSync(join(folder, name)).size > 0 || name === 'tidemark.db')
    .map(
      (name) =>
        `${name} ${createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex')}`,
    )
    .sort();
}
