import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Clock } from '@tidemark/stream';
import type { Logger } from 'pino';
import { parseSources } from './parse-sources.ts';
import type { SourceBook } from './source-book.ts';
import { SourcesError } from './sources-error.ts';

/** Between two looks at the file. */
const LOOK_MS = 2_000;

export interface WatchedSources {
  readonly current: SourceBook;
  stop(): void;
}

interface ReadSources {
  readonly book: SourceBook;
  /** The text of the file and of all secrets that it names: what has to be another for a change. */
  readonly content: string;
}

/** Reads a sources file and the secrets that it names, by paths from its own folder. Throws a `SourcesError`. */
function readSourcesFile(file: string, besides: SourceBook | null = null): ReadSources {
  const texts: string[] = [];
  const read = (path: string): string => {
    const text = readFileSync(resolve(dirname(file), path), 'utf8');
    texts.push(text);
    return text;
  };
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'another failure';
    throw new SourcesError([`expected a file of sources that can be read, found ${code}`]);
  }
  const book = parseSources(text, read);
  return { book: besides === null ? book : book.with(besides.sources), content: JSON.stringify([text, ...texts]) };
}

/** The sources of a file. Throws a `SourcesError`. */
export function readSources(file: string): SourceBook {
  return readSourcesFile(file).book;
}

/**
 * Follows the file by its content. Sources `besides` it stay as they are. A file that has become invalid is told, and what was read before holds. Throws a
 * `SourcesError` where it is invalid from the start.
 */
export function watchSources(
  file: string,
  { clock, logger }: { readonly clock: Clock; readonly logger: Pick<Logger, 'info' | 'warn'> },
  besides: SourceBook | null = null,
): WatchedSources {
  let { book, content } = readSourcesFile(file, besides);
  let toldProblem = '';
  const stopped = new AbortController();
  const look = () => {
    try {
      const read = readSourcesFile(file, besides);
      toldProblem = '';
      if (read.content === content) return;
      ({ book, content } = read);
      logger.info({ sources: book.sources.map(({ settings }) => settings.name) }, 'sources were read again');
    } catch (error) {
      if (!(error instanceof SourcesError)) throw error;
      if (error.message === toldProblem) return;
      toldProblem = error.message;
      logger.warn({}, `sources are as they were, since their file is invalid: ${error.message.replaceAll('\n', '; ')}`);
    }
  };
  void (async () => {
    for (;;) {
      await clock.sleep(LOOK_MS, stopped.signal);
      if (stopped.signal.aborted) return;
      look();
    }
  })();
  return {
    get current() {
      return book;
    },
    stop: () => stopped.abort(),
  };
}
