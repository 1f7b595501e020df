import type { TierChangeJson } from '@tidemark/contracts';
import { ConsumerError } from './consumer-error.ts';
import { type Beginning, MovingPlace, type PlaceStore } from './place.ts';
import { type ConsumerRuntime, systemRuntime } from './runtime.ts';
import type { SourcedChange, TierChangeSource } from './tier-change-source.ts';

/** Something failed, and is tried again after `waitMs`. */
export interface Retry {
  readonly doing: 'connect' | 'handle';
  /** In a row, this one included. */
  readonly failures: number;
  readonly error: unknown;
  readonly waitMs: number;
}

export interface ConsumerOptions {
  readonly source: TierChangeSource;
  readonly place: PlaceStore;
  /**
   * Takes changes, a lane's in order of their numbers; resolve when they are done, since then the place moves behind them.
   * After a crash, or when it throws, the same changes come again: make it idempotent by (lane, number), or by (customerId,
   * change). Called once at a time.
   */
  readonly handle: (changes: readonly TierChangeJson[]) => Promise<void> | void;
  /** Ends the consumer, after the call of `handle` that is under way. */
  readonly signal: AbortSignal;
  /** Where to begin without a stored place. */
  readonly from?: Beginning | undefined;
  /** Changes in one call of `handle`. */
  readonly batchChangesMax?: number | undefined;
  /** Calls of `handle` for the same changes before giving up; for ever if absent. */
  readonly handleAttemptsMax?: number | undefined;
  /** The first wait before trying again; doubles up to the greatest. */
  readonly retryMinMs?: number | undefined;
  readonly retryMaxMs?: number | undefined;
  readonly onRetry?: ((retry: Retry) => void) | undefined;
  readonly runtime?: ConsumerRuntime | undefined;
}

/**
 * Hands every tier change to `handle` at least once: the place is stored only when `handle` has resolved. Repeats that
 * come from Tidemark are dropped by (lane, number), also after a restart. Resolves when `signal` aborts; rejects with
 * ConsumerError when it cannot go on, its place being that of the last changes handled.
 */
export async function consumeTierChanges(options: ConsumerOptions): Promise<void> {
  const { source, signal, from = 'start' } = options;
  const place = new MovingPlace(await options.place.load(), from);
  for (let failures = 0; !signal.aborted; ) {
    try {
      for await (const arrived of source.open(place.next, signal)) {
        failures = 0;
        await takeArrived(arrived, place, options);
        if (signal.aborted) return;
      }
      throw new ConsumerError('unreachable', 'expected tier changes to go on, found the connection closed');
    } catch (error) {
      if (!(error instanceof ConsumerError && error.retriable)) throw error;
      if (signal.aborted) return;
      failures++;
      await waitToRetry('connect', failures, error, options);
    }
  }
}

/** Hands over what is new, in batches. A gap is an error only once what came before it is handled. */
async function takeArrived(
  arrived: readonly SourcedChange[],
  place: MovingPlace,
  options: ConsumerOptions,
): Promise<void> {
  const { batchChangesMax = 100 } = options;
  let fresh: TierChangeJson[] = [];
  let gap: unknown = null;
  for (const { cursor, change } of arrived) {
    if (change === null) {
      const isFirst = place.snapshot() === null;
      place.passTo(cursor);
      // From here on nothing is missed, whether or not a change comes before the next start.
      if (isFirst) await savePlace(place, 0, options);
      continue;
    }
    try {
      if (place.pass(cursor, change)) fresh.push(change);
    } catch (error) {
      gap = error;
      break;
    }
    if (fresh.length < batchChangesMax) continue;
    await handOver(fresh, place, options);
    if (options.signal.aborted) return;
    fresh = [];
  }
  if (fresh.length > 0) await handOver(fresh, place, options);
  if (gap !== null) throw gap;
}

/** Stores the place once `handle` has resolved; gives up without it when the signal aborts between two attempts. */
async function handOver(
  changes: readonly TierChangeJson[],
  place: MovingPlace,
  options: ConsumerOptions,
): Promise<void> {
  const { handle, handleAttemptsMax = Number.POSITIVE_INFINITY, signal } = options;
  for (let failures = 0; ; ) {
    try {
      await handle(changes);
      break;
    } catch (error) {
      failures++;
      if (failures >= handleAttemptsMax) {
        const message = `expected ${changes.length} tier changes to be handled, found that handle threw ${failures} times (see cause)`;
        throw new ConsumerError('handler-failed', message, { cause: error });
      }
      await waitToRetry('handle', failures, error, options);
      if (signal.aborted) return;
    }
  }
  await savePlace(place, changes.length, options);
}

async function savePlace(place: MovingPlace, handledCount: number, options: ConsumerOptions): Promise<void> {
  const reached = place.snapshot();
  if (reached === null) return;
  await options.place.save(reached).catch((error: unknown) => {
    const message = `expected the place to be stored, found an error (see cause): ${handledCount} changes are handled and will come again`;
    throw new ConsumerError('place-not-stored', message, { cause: error });
  });
}

async function waitToRetry(
  doing: Retry['doing'],
  failures: number,
  error: unknown,
  { signal, onRetry, retryMinMs = 250, retryMaxMs = 30_000, runtime = systemRuntime }: ConsumerOptions,
): Promise<void> {
  // Half of the wait by chance, so that consumers do not come back together.
  const backoffMs = Math.min(retryMaxMs, retryMinMs * 2 ** Math.min(failures - 1, 30)) * (0.5 + runtime.random() / 2);
  const askedMs = error instanceof ConsumerError ? error.retryAfterMs : null;
  const waitMs = Math.max(askedMs ?? 0, backoffMs);
  onRetry?.({ doing, failures, error, waitMs });
  await runtime.wait(waitMs, signal);
}
