/** Milliseconds after which something that should happen counts as not happening; generous, for real servers. */
const DEADLINE_MS = 30_000;
/** Milliseconds between looks. */
const POLL_MS = 5;

/** The time that a test of a suite may take: it may have to wait a few times. */
export const TEST_TIMEOUT_MS = 4 * DEADLINE_MS;

/** Waits until `isSo`; fails with what `describeState` says if that takes too long. */
export async function eventually(isSo: () => boolean | Promise<boolean>, describeState: () => unknown): Promise<void> {
  const giveUpAt = performance.now() + DEADLINE_MS;
  while (!(await isSo())) {
    if (performance.now() > giveUpAt) {
      throw new Error(`not so after ${DEADLINE_MS} ms: ${JSON.stringify(describeState())}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
