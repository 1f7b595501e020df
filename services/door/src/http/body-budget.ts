import type { IncomingMessage } from 'node:http';

/** So that a log which is slow, and many clients that wait for it, stay within a process's memory. */
const BYTES_MAX = 64 * 1_048_576;

/** Counts the bytes of all bodies that are under way. */
export class BodyBudget {
  #bytes = 0;
  readonly #byRequest = new WeakMap<IncomingMessage, number>();
  readonly #bytesMax: number;

  constructor(bytesMax: number = BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  /** Counts bytes for a request. False: there are too many; then they are not counted. */
  hold(request: IncomingMessage, bytes: number): boolean {
    if (this.#bytes + bytes > this.#bytesMax) return false;
    this.#bytes += bytes;
    this.#byRequest.set(request, this.bytesOf(request) + bytes);
    return true;
  }

  bytesOf(request: IncomingMessage): number {
    return this.#byRequest.get(request) ?? 0;
  }

  /** To be called once the request is done with. */
  release(request: IncomingMessage): void {
    this.#bytes -= this.bytesOf(request);
    this.#byRequest.delete(request);
  }
}
