import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Lane, OperatingError, type Topic } from '@tidemark/stream';
import { BUSY_TIMEOUT_MS, Database, PAGE_BYTES } from './database.ts';
import { FolderLock } from './folder-lock.ts';
import { APPLICATION_ID, FORMAT_VERSION, FORMAT_VERSION_BEFORE, SCHEMA, TABLES } from './schema.ts';
import { asOperatingError, corrupt } from './sqlite-errors.ts';

const DATABASE_FILE = 'tidemark.db';
/** A new database is made under this name and then renamed, so that one under its own name is never half made. */
const NEW_DATABASE_FILE = 'tidemark-new.db';
/** What SQLite keeps beside a database. They go first: a write-ahead log must never meet a database that is not its own. */
const COMPANIONS = ['-wal', '-shm', '-journal'];

/** Only the owner reads customers' data. */
const FOLDER_MODE = 0o700;
/** Bytes up to which a database is read whole when it is opened, to find damage: some 2 GB a second when cached. */
const FULL_CHECK_BYTES_MAX = 268_435_456;

/** Locks the folder, which is made if it is missing, and opens its database for writing, which is made and checked. */
export function openForWriting(folder: string, lanes: number, topics: readonly Topic[]): Database {
  makeFolder(folder);
  const lock = new FolderLock(folder);
  try {
    const file = join(folder, DATABASE_FILE);
    if (existsSync(file)) checkDatabase(file, lanes);
    else makeDatabase(folder, file, lanes, topics);
    return inNewestFormat(new Database(file, 'write', lock));
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** From now on what is written may be in the newest format, which an older Tidemark refuses to open. */
function inNewestFormat(database: Database): Database {
  try {
    const [found] = database.prepare('PRAGMA user_version').get() as unknown as [number];
    const setFormat = database.prepare(`PRAGMA user_version = ${FORMAT_VERSION}`);
    if (found !== FORMAT_VERSION) database.write(() => setFormat.run());
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Opens the folder's database beside a process that may be writing it. */
export function openForReading(folder: string): Database {
  const file = join(folder, DATABASE_FILE);
  if (!existsSync(file)) {
    throw corrupt(
      folder,
      'a data folder of Tidemark',
      existsSync(folder) ? `no ${DATABASE_FILE} in it` : 'no such folder',
    );
  }
  checkDatabase(file, null);
  return new Database(file, 'read');
}

/** Removes the folder's data, and nothing else that is in the folder. Throws `data-folder-held` if it is in use. */
export function removeData(folder: string): void {
  if (!existsSync(folder)) return;
  const file = join(folder, DATABASE_FILE);
  const lock = new FolderLock(folder);
  try {
    if (existsSync(file)) refuseForeignDatabase(file);
    for (const name of [NEW_DATABASE_FILE, DATABASE_FILE]) {
      for (const suffix of [...COMPANIONS, '']) rmSync(join(folder, name + suffix), { force: true });
    }
  } finally {
    lock.release();
  }
}

/** The folder's lanes, and the numbers of its topics. */
export function readAbout(database: Database): { lanes: number; topics: ReadonlyMap<Topic, number> } {
  const selectLanes = database.prepare('SELECT lanes FROM about');
  const selectTopics = database.prepare('SELECT name, id FROM topics ORDER BY id');
  return database.read(() => {
    const [lanes] = (selectLanes.get() as unknown as [Lane] | undefined) ?? [0];
    return { lanes, topics: new Map(selectTopics.all() as unknown as [Topic, number][]) };
  });
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    const message = `Expected a data folder, or a place to make one, at ${folder}, found: ${found}. Nothing was changed. Choose another folder with --data.`;
    throw new OperatingError('store-unavailable', message, { retriable: false, cause: error });
  }
}

function makeDatabase(folder: string, file: string, lanes: number, topics: readonly Topic[]): void {
  if (existsSync(`${file}-wal`)) {
    throw corrupt(folder, `${DATABASE_FILE} beside its write-ahead log`, `${DATABASE_FILE}-wal alone`);
  }
  const fresh = join(folder, NEW_DATABASE_FILE);
  for (const suffix of [...COMPANIONS, '']) rmSync(fresh + suffix, { force: true });
  withConnection(fresh, { readOnly: false }, (connection) => {
    connection.exec(`
      PRAGMA page_size = ${PAGE_BYTES};
      PRAGMA auto_vacuum = NONE;
      BEGIN;
      PRAGMA application_id = ${APPLICATION_ID};
      PRAGMA user_version = ${FORMAT_VERSION};
      ${SCHEMA}
      INSERT INTO about VALUES (${lanes});
    `);
    const insertTopic = connection.prepare('INSERT INTO topics (name) VALUES (?)');
    for (const topic of new Set(topics)) insertTopic.run(topic);
    connection.exec('COMMIT');
  });
  renameSync(fresh, file);
  syncFolder(folder);
}

/** Makes the rename durable. Windows cannot open a folder, and does not need it. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

/** Reads, and only reads: a file that is not as expected stays as it was found. */
function checkDatabase(file: string, lanes: number | null): void {
  withConnection(file, { readOnly: true }, (connection) => {
    const number = (sql: string): unknown => Object.values(connection.prepare(sql).get() ?? {})[0];
    const applicationId = number('PRAGMA application_id');
    if (applicationId !== APPLICATION_ID) throw notOurs(file);
    checkVersion(file, number('PRAGMA user_version'));
    const tables = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
    if (tables.map((row) => row['name']).join() !== TABLES.join()) {
      throw corrupt(file, `the tables ${TABLES.join(', ')}`, tables.map((row) => row['name']).join(', '));
    }
    const found = number('SELECT lanes FROM about');
    if (lanes === null) return;
    if (found !== lanes) throw otherLanes(file, lanes, found);
    checkPages(file, connection);
  });
}

function checkVersion(file: string, found: unknown): void {
  if (found === FORMAT_VERSION || found === FORMAT_VERSION_BEFORE) return;
  const message = `Expected data of format ${FORMAT_VERSION} in ${file}, found format ${found}. Nothing was changed.`;
  const isNewer = typeof found === 'number' && found > FORMAT_VERSION;
  const advice = isNewer
    ? 'Use the newer Tidemark that wrote it'
    : 'Use the Tidemark that wrote it, start over (--fresh)';
  throw new OperatingError('data-folder-newer', `${message} ${advice}, or choose another folder with --data.`, {
    retriable: false,
  });
}

/** Reads a file whole unless it is large: damage in a large one is found when its pages are read. */
function checkPages(file: string, connection: DatabaseSync): void {
  if (statSync(file).size > FULL_CHECK_BYTES_MAX) return;
  const result = connection.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
  if (result !== 'ok') throw corrupt(file, 'a sound database', String(result));
}

/** A damaged database of ours may be removed; another program's may not. */
function refuseForeignDatabase(file: string): void {
  let applicationId: unknown;
  try {
    withConnection(file, { readOnly: true }, (connection) => {
      applicationId = connection.prepare('PRAGMA application_id').get()?.['application_id'];
    });
  } catch {
    return;
  }
  if (applicationId !== APPLICATION_ID && statSync(file).size > 0) throw notOurs(file);
}

function withConnection(file: string, options: { readOnly: boolean }, use: (connection: DatabaseSync) => void): void {
  let connection: DatabaseSync | undefined;
  try {
    connection = new DatabaseSync(file, { ...options, timeout: BUSY_TIMEOUT_MS });
    use(connection);
  } catch (error) {
    throw asOperatingError(error, file);
  } finally {
    connection?.close();
  }
}

function notOurs(file: string): OperatingError {
  return corrupt(file, "Tidemark's database", "a file that is not Tidemark's");
}

function otherLanes(file: string, expected: number, found: unknown): OperatingError {
  const message = `Expected ${expected} lanes, as configured, found data of ${found} lanes in ${file}. Nothing was changed. The number of lanes is fixed for a folder's life: configure ${found}, or choose another folder with --data.`;
  return new OperatingError('data-folder-corrupt', message, { retriable: false });
}
