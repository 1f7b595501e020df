import { TextDecoder } from 'node:util';
import { DatasetError } from '../dataset-error.ts';

/** A header line has its first zero byte, if the file is in UTF-16, well before that. */
const HEAD_BYTES = 1_024;
const REPLACEMENT = '\uFFFD';

/**
 * A step of a stream that turns a file's bytes into text. A byte order mark decides how; else `encoding`, a name that
 * `TextDecoder` knows, does; else it is UTF-8. Bytes that are none of the encoding's text end it with a `DatasetError`
 * `data-set-encoding` that says where they are: replaced, they would make one id of several. Lines end with a line feed
 * alone, so that whoever counts them counts as editors do.
 */
export function decodeText(path: string, encoding: string | null) {
  return async function* (source: AsyncIterable<Buffer>): AsyncGenerator<string> {
    let decoder: CheckedDecoder | null = null;
    let head: Buffer = Buffer.alloc(0);
    for await (const chunk of source) {
      if (decoder !== null) {
        yield decoder.decode(chunk);
        continue;
      }
      head = Buffer.concat([head, chunk]);
      if (head.length < HEAD_BYTES) continue;
      decoder = new CheckedDecoder(path, encodingOf(head, encoding, path));
      yield decoder.decode(head);
    }
    if (decoder === null) {
      decoder = new CheckedDecoder(path, encodingOf(head, encoding, path));
      yield decoder.decode(head);
    }
    yield decoder.decode(null);
  };
}

function encodingOf(head: Buffer, given: string | null, path: string): string {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return 'utf-8';
  if (given !== null) return given;
  const zero = head.subarray(0, HEAD_BYTES).indexOf(0);
  if (zero < 0) return 'utf-8';
  throw new DatasetError(
    'data-set-encoding',
    `cannot read ${path}: expected text in UTF-8, found zero bytes, as UTF-16 has them, and no byte order mark that would ` +
      `say so. Say --encoding ${zero % 2 === 1 ? 'utf-16le' : 'utf-16be'}, or save the file as UTF-8`,
  );
}

/** Decodes chunk by chunk, and knows the place of the first bytes that are no text. */
class CheckedDecoder {
  readonly #path: string;
  readonly #strict: TextDecoder;
  /** Gives the text up to such bytes, which the strict one does not. */
  readonly #lenient: TextDecoder;
  #linesBefore = 0;
  /** What has come so far of the line that the next chunk goes on with. */
  #lineStart = '';
  /** A carriage return that ended a chunk: a line feed may follow. */
  #held = '';

  constructor(path: string, encoding: string) {
    this.#path = path;
    this.#strict = new TextDecoder(encoding, { fatal: true });
    this.#lenient = new TextDecoder(encoding);
  }

  /** Null ends the text. */
  decode(chunk: Buffer | null): string {
    const text = this.#lenient.decode(chunk ?? undefined, { stream: chunk !== null });
    try {
      this.#strict.decode(chunk ?? undefined, { stream: chunk !== null });
    } catch (error) {
      throw this.#undecodable(text, error);
    }
    this.#follow(text);
    return this.#withLineFeeds(text, chunk === null);
  }

  #withLineFeeds(text: string, isEnd: boolean): string {
    const whole = this.#held + text;
    this.#held = !isEnd && whole.endsWith('\r') ? '\r' : '';
    return whole.slice(0, whole.length - this.#held.length).replaceAll('\r\n', '\n');
  }

  #follow(text: string): void {
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      this.#linesBefore += 1;
      start = end + 1;
    }
    this.#lineStart = start === 0 ? this.#lineStart + text : text.slice(start);
  }

  #undecodable(text: string, cause: unknown): DatasetError {
    this.#follow(text.slice(0, Math.max(text.indexOf(REPLACEMENT), 0)));
    const isUtf8 = this.#strict.encoding === 'utf-8';
    return new DatasetError(
      'data-set-encoding',
      `cannot read ${this.#path}: expected text in ${isUtf8 ? 'UTF-8' : this.#strict.encoding}, found other bytes at line ` +
        `${this.#linesBefore + 1}, column ${[...this.#lineStart].length + 1}. Say how the file is encoded, such as --encoding ` +
        'latin1, windows-1252 or utf-16le, or save it as UTF-8',
      { cause },
    );
  }
}
