import { setTimeout as sleepFor } from 'node:timers/promises';
import { ADDRESS_VARIABLES, type ServerName, StackUnavailable, startStack, type Way } from '@tidemark/stack';
import { Command, Option } from 'commander';
import { type Environment, stopSignalOf } from '../terminal/environment.ts';
import { EXIT, exitCodeOf, helpAfter } from '../terminal/exit-codes.ts';
import { Failure } from '../terminal/failure.ts';
import { type CommandContext, runCommand } from '../terminal/run-command.ts';

interface StackUpOptions {
  readonly servers: readonly ServerName[];
  readonly way?: Way;
}

const SERVERS: readonly ServerName[] = ['kafka', 'redis', 'registry'];
/** The greatest delay that a timer takes: about 24 days. */
const LONGEST_MS = 2 ** 31 - 1;

export function stackCommand(context: CommandContext): Command {
  const up = new Command('up')
    .description('Start Kafka, Redis and a schema registry on free ports, and keep them until Ctrl-C.')
    .addOption(new Option('--servers <names...>', 'only these').choices(SERVERS).default(SERVERS, SERVERS.join(' ')))
    .addOption(
      new Option('--way <way>', 'no other way than this').choices(['docker', 'native'] satisfies readonly Way[]),
    )
    .addHelpText('after', DETAILS)
    .addHelpText('after', helpAfter('npx tidemark stack up', 'npx tidemark stack up --servers kafka registry'))
    .action((options: StackUpOptions) => runCommand(context, (environment) => runStackUp(options, environment)));
  return new Command('stack').description('Real servers, to try Tidemark with.').addCommand(up);
}

const DETAILS = `
By the first way that works: addresses in the environment, which are printed as they are; Docker; programs of this machine
(Java 17 and Maven for Kafka and the registry, redis-server for Redis). What is downloaded is kept in the user's cache
folder. The lines on stdout can be pasted into another shell. What the servers hold goes when they stop.`;

async function runStackUp({ servers, way }: StackUpOptions, environment: Environment): Promise<number> {
  const { variables, stdout, stderr, stop } = environment;
  const log = (line: string): void => void stderr.line(line);
  const ways = way === undefined ? {} : { ways: [way] };
  const stack = await startStack({ servers, variables, log, ...ways }).catch((error: unknown) => {
    throw error instanceof StackUnavailable ? new Failure(error.message) : error;
  });
  try {
    const addresses: Record<ServerName, () => string> = {
      kafka: () => stack.kafka.brokers.join(','),
      redis: () => stack.redis.url,
      registry: () => stack.registry.url,
    };
    for (const name of servers) await stdout.line(`export ${ADDRESS_VARIABLES[name]}=${addresses[name]()}`);
    if (stack.how === 'environment') {
      await stderr.line('These run already, says the environment; nothing was started.');
      return EXIT.ok;
    }
    await stderr.line('Running. Ctrl-C stops them and removes what they hold.');
    while (!stop.aborted) await sleepFor(LONGEST_MS, undefined, { signal: stop }).catch(() => undefined);
  } finally {
    await stack.stop();
  }
  const signal = stopSignalOf(environment);
  return signal === null ? EXIT.ok : exitCodeOf(signal);
}
