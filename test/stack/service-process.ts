import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { facetNames } from '@tidemark/domain';
import type { Clock } from '@tidemark/stream';
import { type Ended, runTidemark as runHere } from '../../packages/cli/src/testing/run-tidemark.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Environment variables. */
export type Variables = Readonly<Record<string, string>>;

/** What this file has started and not yet seen end; a suite kills it in the end. */
const running = new Set<ChildProcess>();

export async function killAll(): Promise<void> {
  await Promise.all(
    [...running].map(async (child) => {
      const closed = once(child, 'close');
      child.kill('SIGKILL');
      await closed;
    }),
  );
}

/** A program of Tidemark as a process of its own. */
export class Program {
  readonly child: ChildProcess;
  /** Resolves to the exit code; null after a kill. */
  readonly closed: Promise<number | null>;
  stdout = '';
  stderr = '';

  constructor(file: string, args: readonly string[], variables: Variables) {
    const env = { ...withoutTidemark(process.env), ...variables };
    this.child = spawn(process.execPath, ['--no-warnings', join(ROOT, file), ...args], { env });
    running.add(this.child);
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.closed = once(this.child, 'close').then(([code]) => {
      running.delete(this.child);
      return code as number | null;
    });
  }

  /** Asks it to end; the exit code, and how long that took. */
  async stop(signal: NodeJS.Signals = 'SIGTERM') {
    const startedAt = performance.now();
    this.child.kill(signal);
    return { code: await this.ended(), tookMs: performance.now() - startedAt };
  }

  /** The exit code, once it ends by itself; one that does not end is told with what it said. */
  async ended(): Promise<number | null> {
    await until('the program ends', () => !running.has(this.child), 30_000).catch((error: Error) => {
      throw new Error(`${error.message}; found it running, and this on stderr: ${this.stderr}`);
    });
    return this.closed;
  }
}

/** Runs a command of `tidemark` to its end: in this process, which is what a command takes longest for to start. */
export function runTidemark(args: readonly string[], variables: Variables = {}, clock?: Clock): Promise<Ended> {
  return runHere(args, clock === undefined ? { variables } : { variables, clock });
}

interface Health {
  readonly ok: boolean;
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[];
}

/** A service, and what it says of itself. */
export class ServiceProcess extends Program {
  readonly name: string;
  readonly #operations: string;

  private constructor(name: string, operationsPort: string, variables: Variables) {
    const isFacet = (facetNames as readonly string[]).includes(name);
    super(`services/${isFacet ? 'score' : name}/src/main.ts`, isFacet ? [name] : [], {
      ...variables,
      TIDEMARK_OPERATIONS_PORT: operationsPort,
    });
    this.name = name;
    this.#operations = `http://127.0.0.1:${operationsPort}`;
  }

  /** On any operations port, unless the variables name one. */
  static async start(name: string, variables: Variables): Promise<ServiceProcess> {
    const operationsPort = variables['TIDEMARK_OPERATIONS_PORT'] ?? String(await freePort());
    return new ServiceProcess(name, operationsPort, variables);
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Null while it does not answer. */
  async health(path: '/readyz' | '/livez' = '/readyz'): Promise<Health | null> {
    const response = await fetch(this.#operations + path).catch(() => null);
    return response === null ? null : ((await response.json()) as Health);
  }

  async ready(): Promise<void> {
    await until(`${this.name} is ready`, async () => {
      if (!this.isRunning)
        throw new Error(`expected ${this.name} to become ready, found that it ended: ${this.stderr}`);
      return (await this.health())?.ok === true;
    });
  }
}

/** However busy the machine is: to wait longer costs only where it would fail. */
const PATIENCE_MS = 180_000;

export async function until(what: string, isReached: () => boolean | Promise<boolean>, withinMs = PATIENCE_MS) {
  const giveUpAt = performance.now() + withinMs;
  while (!(await isReached())) {
    if (performance.now() > giveUpAt) throw new Error(`expected within ${withinMs} ms: ${what}`);
    await sleep(100);
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** What the machine happens to have set is no part of a test. */
function withoutTidemark(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TIDEMARK_')));
}
