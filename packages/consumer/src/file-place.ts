import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ConsumerError } from './consumer-error.ts';
import type { Place, PlaceStore } from './place.ts';

/**
 * Keeps a place in a file: written beside it, flushed to disk, then renamed over it, so that a crash leaves the old one or
 * the new one. The folder must exist. One process may use it at a time.
 */
export function filePlace(path: string): PlaceStore {
  return {
    async load() {
      const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null;
        throw new ConsumerError('place-unreadable', `cannot read the place in ${path}`, { cause: error });
      });
      return text === null ? null : parsePlace(text, path);
    },
    async save(place) {
      const beside = `${path}.new`;
      await writeDurably(beside, `${JSON.stringify(place)}\n`);
      await rename(beside, path);
      // Windows cannot open a folder; it keeps the rename without being asked.
      if (process.platform !== 'win32') await syncFolder(dirname(path));
    },
  };
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function parsePlace(text: string, path: string): Place {
  try {
    const place: unknown = JSON.parse(text);
    if (isPlace(place)) return place;
  } catch {
    // Said below.
  }
  const message = `expected a consumer's place in ${path}, found something else. Bring it back, or remove it to begin anew`;
  throw new ConsumerError('place-unreadable', message);
}

function isPlace(value: unknown): value is Place {
  const { from, cursor, numbers } = (value ?? {}) as Partial<Record<keyof Place, unknown>>;
  return (
    (from === 'start' || from === 'now') &&
    typeof cursor === 'string' &&
    typeof numbers === 'object' &&
    numbers !== null &&
    Object.entries(numbers).every(([lane, number]) => /^\d+$/.test(lane) && Number.isInteger(number))
  );
}
