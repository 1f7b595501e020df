import { readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

interface Length {
  readonly atMs: number;
  readonly file: string;
  readonly bytes: number;
}

/** How often its length is noted, and for how long that is remembered. */
const EVERY_MS = 200;
const REMEMBERED_MS = 30_000;

/** The append-only file of a Redis: how long it was at each moment, and a way back to one of them. */
export class AppendOnlyFile {
  readonly #folder: string;
  #lengths: Length[] = [];
  readonly #timer: NodeJS.Timeout;

  /** @param folder Redis's `dir` */
  constructor(folder: string) {
    this.#folder = join(folder, 'appendonlydir');
    this.#timer = setInterval(() => this.#note(), EVERY_MS);
    this.#timer.unref();
  }

  /**
   * Takes away what was written in the last `ms`, as a machine does that loses its power before the disk has everything.
   * Redis must not run; it drops a last command, or a script's last group of them, that is cut in two. Returns the bytes
   * taken.
   */
  cut(ms: number): number {
    const file = this.#current();
    const since = performance.now() - ms;
    const known = this.#lengths.filter((length) => length.file === file);
    const then = known.findLast(({ atMs }) => atMs <= since) ?? known[0];
    const now = statSync(join(this.#folder, file)).size;
    if (then === undefined || then.bytes >= now) return 0;
    truncateSync(join(this.#folder, file), then.bytes);
    this.#lengths = this.#lengths.filter(({ bytes }) => bytes <= then.bytes);
    return now - then.bytes;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #note(): void {
    const atMs = performance.now();
    try {
      const file = this.#current();
      this.#lengths.push({ atMs, file, bytes: statSync(join(this.#folder, file)).size });
    } catch {
      // Redis is about to write it anew.
    }
    this.#lengths = this.#lengths.filter((length) => length.atMs > atMs - REMEMBERED_MS);
  }

  /** The file that Redis appends to: the last increment that its manifest names. */
  #current(): string {
    const manifest = readFileSync(join(this.#folder, 'appendonly.aof.manifest'), 'utf8');
    const file = [...manifest.matchAll(/^file (\S+) seq \d+ type i$/gm)].at(-1)?.[1];
    if (file === undefined) throw new Error(`expected an increment in ${this.#folder}'s manifest, found none`);
    return file;
  }
}
