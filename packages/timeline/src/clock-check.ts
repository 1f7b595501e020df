import { Fault, type Lane } from '@tidemark/stream';

/** The clock of unify may be ahead of the log's by this much before it stops writing. */
const CLOCK_AHEAD_MAX_MS = 5 * 60_000;

/**
 * A clock that runs ahead would move stream time ahead for good. Where the last send is too old to compare with, `ask` sends
 * a tick that moves nothing, and so learns the log's time.
 *
 * @param appendedAtMs when the log took this worker's last send; null before the first
 */
export async function checkClock(
  lane: Lane,
  now: () => number,
  appendedAtMs: () => number | null,
  ask: () => Promise<void>,
): Promise<void> {
  for (;;) {
    const askedAt = now();
    const isAhead = () => askedAt - (appendedAtMs() ?? 0) > CLOCK_AHEAD_MAX_MS;
    if (!isAhead()) return;
    await ask();
    // As asked, not as answered: a process that stood still in between is not ahead of the log. It asks again.
    if (!isAhead()) continue;
    throw new Fault(
      'clock-ahead',
      `unify, lane ${lane}: expected this machine's clock within ${CLOCK_AHEAD_MAX_MS} ms of the log's, found it ` +
        'further ahead. Set the clock (NTP), then start unify again.',
    );
  }
}
