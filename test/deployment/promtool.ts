import { spawnSync } from 'node:child_process';
import { requireServer } from '@tidemark/testkit';

const PROGRAM = 'promtool';

/**
 * Whether tests may use `promtool`. It comes with Debian's package `prometheus`, which is installed where that needs
 * nobody's password: as root, with apt-get. Otherwise the house rule counts: a loud skip, and an error in CI.
 */
export function providePromtool(): boolean {
  const isWanted = process.env['TIDEMARK_STACK'] !== 'none';
  if (isWanted && !isThere() && process.getuid?.() === 0) install();
  return requireServer(PROGRAM);
}

/** Runs it to its end. */
export function promtool(...args: readonly string[]): ProgramResult {
  return run(PROGRAM, args);
}

function isThere(): boolean {
  return promtool('--version').exitCode === 0;
}

function install(): void {
  process.stderr.write('installing prometheus with apt-get, once\n');
  // Other tests may be installing what they need.
  const lock = ['-o', 'DPkg::Lock::Timeout=120'];
  run('apt-get', [...lock, 'update']);
  const { exitCode, output } = run('apt-get', [...lock, 'install', '--yes', '--no-install-recommends', 'prometheus']);
  if (exitCode !== 0) process.stderr.write(`apt-get could not install prometheus: ${output.slice(-500)}\n`);
}

interface ProgramResult {
  /** Null if the program is not there. */
  readonly exitCode: number | null;
  /** What it said, on both streams. */
  readonly output: string;
}

function run(program: string, args: readonly string[]): ProgramResult {
  // Without a run level a package does not start a server of its own.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', env });
  return { exitCode: status, output: error === undefined ? `${stdout}${stderr}` : error.message };
}
