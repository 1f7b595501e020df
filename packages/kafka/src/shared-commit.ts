import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Committed, Lane, Topic } from '@tidemark/stream';

export type Places = ReadonlyMap<Topic, Committed>;

/** What lanes commit together. */
interface Pending {
  readonly places: Map<Lane, Places>;
  readonly done: Promise<void>;
}

/** Lanes that commit in one turn of the event loop share a request. */
export class SharedCommit {
  readonly #send: (places: ReadonlyMap<Lane, Places>) => Promise<void>;
  /** What goes out at the end of this turn; null: nothing. */
  #pending: Pending | null = null;

  constructor(send: (places: ReadonlyMap<Lane, Places>) => Promise<void>) {
    this.#send = send;
  }

  /** Resolves once the request that has them is answered; rejects for each of its lanes where it fails. */
  add(lane: Lane, places: Places): Promise<void> {
    this.#pending ??= { places: new Map(), done: nextTurn().then(() => this.#sendPending()) };
    this.#pending.places.set(lane, places);
    return this.#pending.done;
  }

  async #sendPending(): Promise<void> {
    const places = this.#pending?.places ?? new Map();
    this.#pending = null;
    await this.#send(places);
  }
}
