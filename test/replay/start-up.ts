import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** `tidemark up`, as users run it, in a process of its own. */
export interface UpProcess {
  /** Sends SIGKILL and resolves once the process is gone. False if it had ended before. */
  kill(): Promise<boolean>;
  /** True once it has ended by itself. */
  hasEnded(): boolean;
  /** Resolves to the line of JSON that a whole run ends with; rejects, with stderr, if it ended otherwise. */
  summary(): Promise<UpSummary>;
}

export interface UpSummary {
  readonly customers: number;
  readonly events: number;
  readonly orders: number;
  readonly tierChanges: number;
  readonly tierChangesBySilence: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly peakMemoryMiB: number;
}

const MAIN = join(import.meta.dirname, '../../packages/cli/src/main.ts');

/** Replays the bundled data set into the folder, or goes on with it, and ends. */
export function startUp(folder: string, ...options: readonly string[]): UpProcess {
  const args = ['--no-warnings', MAIN, 'up', '--once', '--json', '--data', folder, ...options];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const outputs = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      outputs[stream] += text;
    });
  }
  const closed = new Promise<void>((resolve, reject) => {
    child.once('close', () => resolve());
    child.once('error', reject);
  });
  // A test that gives up leaves nothing running.
  const abandon = () => child.kill('SIGKILL');
  process.once('exit', abandon);
  child.once('close', () => process.off('exit', abandon));
  return {
    async kill() {
      child.kill('SIGKILL');
      await closed;
      return child.signalCode === 'SIGKILL';
    },
    hasEnded: () => hasEnded(child),
    async summary() {
      await closed;
      if (child.exitCode !== 0) {
        throw new Error(`up: expected exit code 0, found ${child.exitCode ?? child.signalCode}: ${outputs.stderr}`);
      }
      return JSON.parse(outputs.stdout.trimEnd().split('\n').at(-1) ?? '') as UpSummary;
    },
  };
}

/** A folder for the tests of one file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-replay-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
