import { type ServerName, type Stack, type StackOptions, StackUnavailable, startStack } from '@tidemark/stack';
import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { askForShared } from './ask-for-shared.ts';
import { javaThatEndsSoon } from './java-that-ends-soon.ts';

/** Milliseconds that the servers may take to start; the first time on a machine they are downloaded. */
const START_TIMEOUT_MS = 300_000;

interface Options<Name extends ServerName>
  extends Pick<StackOptions<Name>, 'kafkaSettings' | 'kafkaSecurity' | 'redisArguments' | 'ways'> {
  /** Those that the tests leave alone, as in `describeWithSharedServers`. */
  readonly shared?: readonly Name[];
}

type Tests<Name extends ServerName> = (stack: () => Stack<Name>, prepare: (work: () => Promise<void>) => void) => void;

/**
 * Tests that need real servers: one stack for all of them, started before the first, stopped after the last. Where no
 * way to start them works the tests count as skipped, and say so aloud; with CI=true they fail instead. What `prepare` is
 * given is done before the first test, as in `beforeAll`, and only where there are servers.
 */
export function describeWithServers<Name extends ServerName>(
  name: string,
  servers: readonly Name[],
  tests: Tests<Name>,
  { shared = [], ...options }: Options<Name> = {},
): void {
  const owned = servers.filter((server) => !shared.includes(server));
  describeOn(
    name,
    async () => {
      const others = await askForShared(shared);
      const own = await startStack({ ...options, servers: owned, variables: javaThatEndsSoon(process.env), log: say });
      return { ...others, ...own };
    },
    tests,
  );
}

/**
 * The same on servers that all files of a run share. For tests that neither stop a server, nor set it up, nor count on an
 * empty one; each file has namespaces of its own.
 */
export function describeWithSharedServers<Name extends ServerName>(
  name: string,
  servers: readonly Name[],
  tests: Tests<Name>,
): void {
  describeOn(name, () => askForShared(servers), tests);
}

function describeOn<Name extends ServerName>(name: string, start: () => Promise<Stack<Name>>, tests: Tests<Name>) {
  describe(name, () => {
    let stack: Stack<Name> | undefined;
    let skipped: StackUnavailable | undefined;
    beforeAll(async () => {
      try {
        stack = await start();
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
