import { type ServerName, type Stack, type StackOptions, StackUnavailable, startStack } from '@tidemark/stack';
import { afterAll, beforeAll, beforeEach, describe } from 'vitest';

/** Milliseconds that the servers may take to start; the first time on a machine they are downloaded. */
const START_TIMEOUT_MS = 300_000;

/**
 * Tests that need real servers: one stack for all of them, started before the first, stopped after the last. Where no
 * way to start them works the tests count as skipped, and say so aloud; with CI=true they fail instead. What `prepare` is
 * given is done before the first test, as in `beforeAll`, and only where there are servers.
 */
export function describeWithServers<Name extends ServerName>(
  name: string,
  servers: readonly Name[],
  tests: (stack: () => Stack<Name>, prepare: (work: () => Promise<void>) => void) => void,
  options: Pick<StackOptions<Name>, 'kafkaSettings' | 'kafkaSecurity' | 'redisArguments' | 'ways'> = {},
): void {
  describe(name, () => {
    let stack: Stack<Name> | undefined;
    let skipped: StackUnavailable | undefined;
    beforeAll(async () => {
      try {
        stack = await startStack({ ...options, servers, variables: process.env, log: say });
      } catch (error) {
        if (!(error instanceof StackUnavailable) || process.env['CI'] === 'true') throw error;
        skipped = error;
        say(`SKIPPED, all of "${name}": ${error.message}`);
      }
    }, START_TIMEOUT_MS);
    beforeEach(({ skip }) => {
      if (skipped !== undefined) skip(skipped.message);
    });
    afterAll(() => stack?.stop());
    tests(
      () => {
        if (stack === undefined) throw new Error('the servers are started before the first test');
        return stack;
      },
      (work) => {
        beforeAll(async () => {
          if (stack !== undefined) await work();
        });
      },
    );
  });
}

function say(line: string): void {
  process.stderr.write(`stack: ${line}\n`);
}
