import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * A shell that waits for the end of this process, however it ends: a kill -9 closes the pipe, too. Then it kills what it
 * was told to watch and removes the folder. It has a session of its own, so a Ctrl-C at the terminal does not reach it.
 */
export class Watchdog {
  readonly #shell: ChildProcess;

  constructor(folder: string) {
    this.#shell = spawn('sh', ['-c', SCRIPT, 'sh', folder], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    // Without a shell nothing would end the servers: better to fail at once.
    this.#shell.on('error', (error) => {
      throw error;
    });
    this.#shell.stdin?.on('error', () => {});
    this.#shell.unref();
  }

  watch(pid: number): void {
    this.#shell.stdin?.write(`watch ${pid}\n`);
  }

  /** The process has ended; its number may come to be another's. */
  forget(pid: number): void {
    this.#shell.stdin?.write(`forget ${pid}\n`);
  }

  /** Kills what is still watched, and removes the folder. */
  async finish(): Promise<void> {
    if (this.#shell.exitCode !== null) return;
    const ended = once(this.#shell, 'exit');
    this.#shell.ref();
    this.#shell.stdin?.end();
    await ended;
  }
}

const SCRIPT = `
trap '' HUP INT TERM
pids=''
while read -r what pid; do
  case $what in
    watch) pids="$pids $pid" ;;
    forget)
      rest=''
      for other in $pids; do [ "$other" = "$pid" ] || rest="$rest $other"; done
      pids=$rest ;;
  esac
done
[ -z "$pids" ] || kill -9 $pids
rm -rf "$1"
`;
