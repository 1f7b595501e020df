import { once } from 'node:events';
import { escapeText } from './escape-text.ts';

/** Whoever read our output has gone (`| head`): nothing is wrong, and there is nothing more to do. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed';
}

export interface OutputStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  readonly writableLength: number;
}

/**
 * Standard output or error: writes wait for a slow reader, so that nothing piles up in memory. Texts of customers and
 * policies go through here to the terminal: whatever they hold, a line is one line of visible characters.
 */
export class Output {
  readonly stream: OutputStream;
  #closed = false;

  constructor(stream: OutputStream) {
    this.stream = stream;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      this.#closed = true;
    });
  }

  get isTerminal(): boolean {
    return this.stream.isTTY === true;
  }

  /** Throws `OutputClosed`. */
  line(text = ''): Promise<void> {
    return this.exactLine(escapeText(text));
  }

  /** For programs that asked for the very characters. Throws `OutputClosed`. */
  async exactLine(text: string): Promise<void> {
    if (this.#closed) throw new OutputClosed();
    if (this.stream.write(`${text}\n`)) return;
    // An error ends the wait as well.
    await once(this.stream, 'drain').catch(() => undefined);
    if (this.#closed) throw new OutputClosed();
  }

  /** Resolves when all is written, or nobody reads any more. */
  async flush(): Promise<void> {
    if (this.#closed) return;
    await new Promise<void>((resolve) => {
      this.stream.write('', () => resolve());
    });
  }
}
