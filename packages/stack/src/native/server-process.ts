import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitUntilReady } from '../ready.ts';
import type { ServerControl, ServerName } from '../servers.ts';
import type { Watchdog } from './watchdog.ts';

/** How a server is started; the same way each time. */
export interface ServerCommand {
  readonly name: ServerName;
  readonly program: string;
  readonly args: readonly string[];
  /** Environment variables besides this process's own. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Its working directory. What it prints goes into a file there. */
  readonly folder: string;
  readonly isReady: () => Promise<boolean>;
}

/** Characters of a server's last words that an error shows. */
const LAST_WORDS_LENGTH = 2_000;

/** A server as a child process. */
export class ServerProcess implements ServerControl {
  readonly #command: ServerCommand;
  readonly #watchdog: Watchdog;
  readonly #variables: Readonly<Record<string, string | undefined>>;
  readonly #outputFile: string;
  #child: ChildProcess | null = null;

  constructor(command: ServerCommand, watchdog: Watchdog, variables: Readonly<Record<string, string | undefined>>) {
    this.#command = command;
    this.#watchdog = watchdog;
    this.#variables = variables;
    this.#outputFile = join(command.folder, `${command.name}.out`);
  }

  /** Resolves once the server answers. Rejects with its last words when it ends instead. */
  async start(): Promise<void> {
    const { name, program, args, variables, folder, isReady } = this.#command;
    const output = openSync(this.#outputFile, 'a');
    const child = spawn(program, args, {
      cwd: folder,
      env: { ...this.#variables, ...variables },
      // A group of its own: a Ctrl-C at the terminal is for this process to answer.
      detached: true,
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    this.#child = child;
    let failure: Error | null = null;
    child.on('error', (error) => {
      failure = error;
    });
    const { pid } = child;
    if (pid !== undefined) {
      this.#watchdog.watch(pid);
      child.on('exit', () => this.#watchdog.forget(pid));
    }
    child.unref();
    await waitUntilReady(name, isReady, async () => {
      if (failure !== null) return failure.message;
      return hasEnded(child) ? `it ended; its last words:\n${this.#lastWords()}` : null;
    });
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined || hasEnded(child)) return;
    const ended = once(child, 'exit');
    child.ref();
    child.kill('SIGKILL');
    await ended;
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  async suspend(): Promise<void> {
    this.#child?.kill('SIGSTOP');
  }

  async resume(): Promise<void> {
    this.#child?.kill('SIGCONT');
  }

  #lastWords(): string {
    return readFileSync(this.#outputFile, 'utf8').slice(-LAST_WORDS_LENGTH);
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
