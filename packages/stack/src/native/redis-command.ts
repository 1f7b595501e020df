import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { isRedisReady } from '../ready.ts';
import { type ServerName, type StackOptions, WayUnavailable } from '../servers.ts';
import { cacheFolder } from './downloads.ts';
import { withLock } from './file-lock.ts';
import { runProgram } from './run-program.ts';
import type { ServerCommand } from './server-process.ts';

const HOST = '127.0.0.1';
/** A customer's facets stay one compact piece of memory: see infra/redis/redis.conf. */
const COMPACT_HASHES = ['--hash-max-listpack-value', '1024'];

/** The system's own redis-server, without snapshots. */
export async function redisCommand(
  folder: string,
  { variables, log, redisArguments }: StackOptions<ServerName>,
): Promise<{ readonly command: ServerCommand; readonly address: string }> {
  await provideRedis(variables, log);
  const port = await freePort();
  const settings = ['--bind', HOST, '--port', String(port), '--dir', folder, '--save', '', ...COMPACT_HASHES];
  const command: ServerCommand = {
    name: 'redis',
    program: 'redis-server',
    args: [...settings, ...(redisArguments ?? [])],
    folder,
    isReady: () => isRedisReady(HOST, port),
  };
  return { command, address: `redis://${HOST}:${port}` };
}

type Variables = StackOptions<ServerName>['variables'];

/** Installs redis-server where that needs nobody's password: as root, with apt-get. */
export async function provideRedis(variables: Variables, log: (line: string) => void): Promise<void> {
  if (await hasProgram('redis-server', variables)) return;
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || !(await hasProgram('apt-get', variables))) {
    throw new WayUnavailable('expected redis-server in the PATH, found none; install it, for example with apt-get');
  }
  const cache = cacheFolder(variables);
  mkdirSync(cache, { recursive: true });
  await withLock(join(cache, 'apt.lock'), async () => {
    if (await hasProgram('redis-server', variables)) return;
    log('installing redis-server with apt-get, once');
    await runProgram('apt-get', ['update'], variables);
    // Without a run level the package does not start a server of its own.
    const quiet = { ...variables, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
    const args = ['install', '--yes', '--no-install-recommends', 'redis-server'];
    const { exitCode, output } = await runProgram('apt-get', args, quiet);
    if (exitCode !== 0) throw new WayUnavailable(`apt-get could not install redis-server: ${output.slice(-500)}`);
  });
}

async function hasProgram(program: string, variables: Variables): Promise<boolean> {
  return (await runProgram(program, ['--version'], variables)).exitCode === 0;
}
