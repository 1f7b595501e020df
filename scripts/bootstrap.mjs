// Runs a TypeScript program of this repository on a fresh clone that has nothing but Node 20 and npm:
//   node scripts/bootstrap.mjs packages/cli/src/main.ts up --once
// It installs the dependencies when they are missing or out of date, then starts the program on Node 24,
// which reads TypeScript directly. Its own words go to stderr: stdout belongs to the program.

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const modulesFolder = join(root, 'node_modules');
const stampFile = join(modulesFolder, '.tidemark-setup');
const lockFile = join(modulesFolder, '.tidemark-setup.lock');

/**
 * Starts `target` (a path from the repository's root) and ends this process as the program ends:
 * with its exit code, or with 128 + n when signal n ended it.
 */
export async function bootstrap(target, args) {
  try {
    if (!isAtLeast(process.versions.node, 20, 0)) {
      fail(`Tidemark needs Node 20 or newer, found ${process.versions.node}. Install a newer Node and try again.`);
    }
    await setUp();
    run(findNode(), join(root, target), args);
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error));
  }
}

async function setUp() {
  const wanted = fingerprint();
  if (isSetUp(wanted)) return;
  mkdirSync(modulesFolder, { recursive: true });
  await takeLock();
  try {
    // Another process may have done the work while this one waited for the lock.
    if (isSetUp(wanted)) return;
    process.stderr.write('tidemark: setting up, about a minute the first time ...\n');
    install();
    writeFileSync(stampFile, wanted);
  } finally {
    rmSync(lockFile, { force: true });
  }
}

/** What an installation depends on: the exact dependencies, the settings, and the platform of Node's binary. */
function fingerprint() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
  for (const name of ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml']) {
    hash.update(readFileSync(join(root, name)));
  }
  return hash.digest('hex');
}

function isSetUp(wanted) {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted && existsSync(installedNode());
}

/** Two programs started at once on a fresh clone must not install into the same folder. */
async function takeLock() {
  for (;;) {
    try {
      writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (!isHolderAlive()) rmSync(lockFile, { force: true });
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function isHolderAlive() {
  try {
    const holder = Number(readFileSync(lockFile, 'utf8'));
    // Between its creation and its writing the file is empty: the holder is about to write its number.
    if (holder > 0) process.kill(holder, 0);
    return true;
  } catch {
    return false;
  }
}

function install() {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  // `--prod=false`: a NODE_ENV of production must not leave out the tools that run the programs.
  const args = ['-y', packageManager, 'install', '--frozen-lockfile', '--prod=false'];
  const { status, stdout, stderr, error } = spawnSync('npx', args, {
    cwd: root,
    env: { ...process.env, PATH: pathWithoutModules() },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === 'win32',
  });
  if (status === 0) return;
  process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`);
  throw new Error(`Setting up failed: npx ${args.join(' ')}: ${error?.message ?? `exit code ${status}`}. See above.`);
}

/** npm puts node_modules/.bin first, and the `node` in there is what the installation replaces. */
function pathWithoutModules() {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.filter((folder) => !folder.startsWith(modulesFolder)).join(delimiter);
}

function findNode() {
  return isAtLeast(process.versions.node, 24, 3) ? process.execPath : installedNode();
}

function installedNode() {
  return join(modulesFolder, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}

/** A larger young generation: records and states of a chunk die there instead of piling up in the old one. */
const nodeOptions = ['--max-semi-space-size=32'];

function run(node, program, args) {
  // What was compiled once is not compiled at the next start: half of what a short command takes.
  const env = { NODE_COMPILE_CACHE: join(modulesFolder, '.cache', 'compiled'), ...process.env };
  const child = spawn(node, [...nodeOptions, program, ...args], { stdio: 'inherit', env });
  child.on('error', (error) => fail(`Could not start ${node}: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code));
  // A terminal sends Ctrl-C to the program as well; forwarding it would make it count twice.
  const onTerminal = [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);
  process.on('SIGINT', () => onTerminal || child.kill('SIGINT'));
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.on('SIGHUP', () => child.kill('SIGHUP'));
}

function isAtLeast(version, wantedMajor, wantedMinor) {
  const [major, minor] = version.split('.').map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

function fail(message) {
  process.stderr.write(`tidemark: ${message}\n`);
  process.exit(1);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [target, ...args] = process.argv.slice(2);
  if (target) void bootstrap(target, args);
  else fail('usage: node scripts/bootstrap.mjs <program.ts> [arguments]');
}
