import type { TierChangeJson } from '@tidemark/contracts';
import type { Beginning } from './place.ts';

export interface SourcedChange {
  /** Opens a source behind this change. */
  readonly cursor: string;
  /** Null: there was none, up to the cursor. */
  readonly change: TierChangeJson | null;
}

/**
 * Where tier changes come from, in order within a lane; repeats are allowed. An empty batch says that the source is
 * alive. Ends or throws a retriable ConsumerError when it is to be opened again. Nothing is read ahead without bound while
 * the reader is busy. Ends when `signal` aborts.
 */
export interface TierChangeSource {
  open(at: Beginning | { readonly cursor: string }, signal: AbortSignal): AsyncIterable<readonly SourcedChange[]>;
}
