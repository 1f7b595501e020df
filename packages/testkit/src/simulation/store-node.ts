/** Commits that a node can lose at most: none of its copies is further behind. */
export const JOURNAL_MAX = 100;

/** What can be taken back by one commit. */
export interface Undoable {
  undo(): boolean;
}

/**
 * A server of the store: its memory, its append-only file and a replica, each of which has got so many of the commits,
 * in their order over all that the server holds. What comes back after a restart or a failover is a place of its own.
 */
export class StoreNode {
  readonly #journal: Undoable[] = [];
  /** Commits from before the journal. */
  #base = 0;
  #synced = 0;
  #replicated = 0;

  add(changed: Undoable): void {
    this.#journal.push(changed);
    if (this.#journal.length > JOURNAL_MAX) {
      this.#journal.shift();
      this.#base++;
    }
    this.#synced = Math.max(this.#synced, this.#base);
    this.#replicated = Math.max(this.#replicated, this.#base);
  }

  /** The file, the replica, or both get what memory has. */
  copy({ toFile, toReplica }: { readonly toFile: boolean; readonly toReplica: boolean }): void {
    if (toFile) this.#synced = this.#place;
    if (toReplica) this.#replicated = this.#place;
  }

  /** Dies and starts from its file; the replica follows it there. Returns how many commits were lost. */
  restart(): number {
    const lost = this.#goBackTo(this.#synced);
    this.#replicated = this.#place;
    return lost;
  }

  /** Dies, and its replica takes over, with a file that has at most as much. Returns how many commits were lost. */
  failOver(): number {
    const lost = this.#goBackTo(this.#replicated);
    this.#synced = Math.min(this.#synced, this.#place);
    return lost;
  }

  /** One part alone went back by one commit. */
  forget(changed: Undoable): void {
    const at = this.#journal.lastIndexOf(changed);
    if (at < 0) return;
    this.#journal.splice(at, 1);
    this.#synced = Math.min(this.#synced, this.#place);
    this.#replicated = Math.min(this.#replicated, this.#place);
  }

  get #place(): number {
    return this.#base + this.#journal.length;
  }

  #goBackTo(place: number): number {
    let lost = 0;
    while (this.#place > place && this.#journal.pop()?.undo() === true) lost++;
    return lost;
  }
}
