// Checks docs/asyncapi.yaml with the official parser, or another document: `node scripts/check-asyncapi.ts [document]`.
// The parser is no dependency of the workspace (docs/decisions/0010-asyncapi.md): the folder asyncapi/ is a root of its
// own, and is installed here when its packages are missing or out of date.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');
const folder = join(import.meta.dirname, 'asyncapi');
const stampFile = join(folder, 'node_modules/.tidemark-setup');
const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { packageManager: string };

const [document = relative(process.cwd(), join(root, 'docs/asyncapi.yaml'))] = process.argv.slice(2);
process.exitCode = isInstalled() || install() ? check() : 1;

function isInstalled(): boolean {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === fingerprint();
}

function fingerprint(): string {
  const hash = createHash('sha256').update(packageManager);
  for (const name of ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml']) {
    hash.update(readFileSync(join(folder, name)));
  }
  return hash.digest('hex');
}

/** What was fetched once, for any project, needs no network: `prefer-offline`. */
function install(): boolean {
  rmSync(stampFile, { force: true });
  const args = ['-y', '--prefer-offline', packageManager, 'install', '--frozen-lockfile', '--prefer-offline'];
  const { status, stdout, stderr, error } = spawnSync('npx', args, {
    cwd: folder,
    // Without network, say so after about ten seconds instead of the usual seventy.
    env: { ...process.env, npm_config_fetch_retry_mintimeout: '1000' },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === 'win32',
  });
  if (status === 0) {
    writeFileSync(stampFile, fingerprint());
    return true;
  }
  process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`);
  const reason = error?.message ?? `exit code ${status}`;
  process.stderr.write(
    'Not checked: the AsyncAPI parser could not be installed. The first time needs the network.\n' +
      `Tried in ${relative(root, folder)}: npx ${args.join(' ')}: ${reason}. See above.\n`,
  );
  return false;
}

function check(): number {
  const { status, error } = spawnSync(process.execPath, [join(folder, 'check.mjs'), document], { stdio: 'inherit' });
  if (error) process.stderr.write(`Could not start ${process.execPath}: ${error.message}\n`);
  return status ?? 1;
}
