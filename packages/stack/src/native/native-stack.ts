import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServerName, type Servers, type Stack, type StackOptions, WayUnavailable } from '../servers.ts';
import { KAFKA_DATA, kafkaCommand } from './kafka-command.ts';
import { redisCommand } from './redis-command.ts';
import { registryCommand } from './registry-command.ts';
import { type ServerCommand, ServerProcess } from './server-process.ts';
import { Watchdog } from './watchdog.ts';

const COMMANDS = { kafka: kafkaCommand, redis: redisCommand, registry: registryCommand } as const;
/** A free port may be gone when the server wants it; that is no reason to give up. */
const TRIES = 3;

/** Servers as child processes of this one, in a temporary folder that goes when they go. */
export async function startNativeStack<Name extends ServerName>(options: StackOptions<Name>): Promise<Stack<Name>> {
  if (process.platform === 'win32') throw new WayUnavailable('expected Linux or macOS, found Windows');
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-stack-'));
  const watchdog = new Watchdog(folder);
  const processes: ServerProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(processes.map((server) => server.kill()));
    await watchdog.finish();
  };

  const start = async (name: ServerName, attempt: number): Promise<Partial<Servers>> => {
    const home = join(folder, `${name}-${attempt}`);
    mkdirSync(home);
    const { command, address, securedAddress = null } = await commandOf(name, home, options);
    options.log(`starting ${name} at ${address}`);
    const server = new ServerProcess(command, watchdog, options.variables);
    processes.push(server);
    try {
      await server.start();
    } catch (error) {
      await server.kill();
      if (attempt >= TRIES || !isPortTaken(error)) throw error;
      options.log(`the port of ${name} was taken meanwhile; trying another`);
      return start(name, attempt + 1);
    }
    if (name !== 'kafka') return { [name]: { ...control(server), url: address } };
    return {
      kafka: {
        ...control(server),
        brokers: [address],
        securedBrokers: securedAddress === null ? null : [securedAddress],
        folder: join(home, KAFKA_DATA),
      },
    };
  };

  const outcomes = await Promise.allSettled(options.servers.map((name) => start(name, 1)));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  const servers = outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : {}));
  return { ...(Object.assign({}, ...servers) as Pick<Servers, Name>), how: 'native', stop };
}

interface StartedBy {
  readonly command: ServerCommand;
  readonly address: string;
  readonly securedAddress?: string | null;
}

function commandOf(name: ServerName, folder: string, options: StackOptions<ServerName>): Promise<StartedBy> {
  return COMMANDS[name](folder, options);
}

function control(server: ServerProcess) {
  return {
    kill: () => server.kill(),
    restart: () => server.restart(),
    suspend: () => server.suspend(),
    resume: () => server.resume(),
  };
}

function isPortTaken(error: unknown): boolean {
  return error instanceof Error && /already in use|BindException/i.test(error.message);
}
