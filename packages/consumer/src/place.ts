import type { TierChangeJson } from '@tidemark/contracts';
import { ConsumerError } from './consumer-error.ts';

/** Where a consumer without a place begins: with the first change ever, or with those from now on. */
export type Beginning = 'start' | 'now';

/** How far changes have been handled. */
export interface Place {
  /** Where the consumer began. */
  readonly from: Beginning;
  /** The source's own word for what comes next. */
  readonly cursor: string;
  /** Of the last change handled, by lane. */
  readonly numbers: Readonly<Record<string, number>>;
}

/** Keeps one consumer's place. */
export interface PlaceStore {
  /** Null where nothing was saved. */
  load(): Promise<Place | null>;
  /** Resolves once it is durable, and replaces the one before as a whole. */
  save(place: Place): Promise<void>;
}

/** Forgets with the process: then changes come again from the beginning. */
export function memoryPlace(): PlaceStore {
  let kept: Place | null = null;
  return {
    load: async () => kept,
    save: async (place) => {
      kept = place;
    },
  };
}

/** A place that moves on, change by change. A lane's numbers are dense: they tell a repeat, and a gap. */
export class MovingPlace {
  readonly #from: Beginning;
  readonly #numbers: Map<number, number>;
  #cursor: string | null;

  constructor(place: Place | null, from: Beginning) {
    this.#from = place?.from ?? from;
    this.#cursor = place?.cursor ?? null;
    this.#numbers = new Map(Object.entries(place?.numbers ?? {}).map(([lane, number]) => [Number(lane), number]));
  }

  /** Where to open a source. */
  get next(): Beginning | { readonly cursor: string } {
    return this.#cursor === null ? this.#from : { cursor: this.#cursor };
  }

  /** Moves past a change; false if it is a repeat. Throws `number-skipped`, and then stays. */
  pass(cursor: string, { lane, number }: TierChangeJson): boolean {
    const last = this.#numbers.get(lane) ?? (this.#from === 'start' ? 0 : null);
    if (last !== null && number > last + 1) throw skipped(lane, last + 1, number);
    this.#cursor = cursor;
    if (last !== null && number <= last) return false;
    this.#numbers.set(lane, number);
    return true;
  }

  /** Moves to where there is no change in between. */
  passTo(cursor: string): void {
    this.#cursor = cursor;
  }

  /** Null before anything arrived. */
  snapshot(): Place | null {
    if (this.#cursor === null) return null;
    return { from: this.#from, cursor: this.#cursor, numbers: Object.fromEntries(this.#numbers) };
  }
}

function skipped(lane: number, expected: number, found: number): ConsumerError {
  const message =
    `lane ${lane}: expected tier change number ${expected}, found ${found}: changes between them are missing. ` +
    'What came before is handled and its place stored. Is the place that of this pipeline? Look for the missing ones ' +
    'with `npx tidemark tail tier-changes --from start`. To go on without them, start with another place';
  return new ConsumerError('number-skipped', message);
}
