import { type Clock, OperatingError } from '@tidemark/stream';
import type { FollowedTierChange, TierChangeStream } from '../ports.ts';

/** Long enough to be cheap, short enough for proxies that cut a connection silent for 30 s. */
export const HEARTBEAT_MS = 15_000;
/** How long a client should wait before it connects again. */
const RETRY_MS = 2_000;

/**
 * Tier changes as server-sent events, and a comment after each 15 s of silence. A change is asked for only when the one
 * before was taken, so a slow reader slows its own stream and fills no memory. Ends when the changes do; an error of them
 * ends it, too, and goes to `onError`: the client comes back with the last id that it has seen.
 */
export async function* tierChangeEvents(
  { cursor, changes }: TierChangeStream,
  clock: Pick<Clock, 'sleep'>,
  onError: (error: unknown) => void,
): AsyncGenerator<string, void> {
  // An id without data is no event, but a client keeps it: one that loses its connection before the first change comes
  // back to this place, not to the end of that time.
  yield `retry: ${RETRY_MS}\nid: ${cursor}\n\n`;
  let quiet = startQuiet(clock);
  let next = changes.next();
  try {
    while (true) {
      const result = await Promise.race([next, quiet.over]);
      if (result === 'over') {
        quiet = startQuiet(clock);
        yield ': still here\n\n';
        continue;
      }
      quiet.cancel();
      if (result.done) return;
      yield eventText(result.value);
      quiet = startQuiet(clock);
      next = changes.next();
    }
  } catch (error) {
    if (!(error instanceof OperatingError)) onError(error);
  } finally {
    quiet.cancel();
    // Whoever left while a change was awaited has aborted the signal of `changes`, which ends it.
    next.catch(() => undefined);
    await changes.return();
  }
}

function startQuiet(clock: Pick<Clock, 'sleep'>) {
  const cancelled = new AbortController();
  return {
    over: clock.sleep(HEARTBEAT_MS, cancelled.signal).then(() => 'over' as const),
    cancel: () => cancelled.abort(),
  };
}

/** JSON text has no line ends, so one `data` line holds it. */
function eventText({ change, cursor }: FollowedTierChange): string {
  return `id: ${cursor}\nevent: tier-change\ndata: ${JSON.stringify(change)}\n\n`;
}
