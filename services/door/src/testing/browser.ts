import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const CHROMIUM = 'chromium';

/** Whether this machine has Chromium. Says so aloud where it has none. */
export function hasChromium(): boolean {
  const isThere = spawnSync(CHROMIUM, ['--version']).status === 0;
  if (!isThere) process.stderr.write('door: SKIPPED, tests in a browser: there is no chromium on this machine\n');
  return isThere;
}

/** A site of these files, each served under its path. */
export async function startSite(
  files: ReadonlyMap<string, { readonly type: string; readonly content: string | Buffer }>,
) {
  const server = createServer(({ url = '' }, response) => {
    const file = files.get(url.split('?', 1)[0] ?? '');
    response
      .writeHead(file === undefined ? 404 : 200, { 'content-type': file?.type ?? 'text/plain' })
      .end(file?.content);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** Opens a page, until the test is finished. */
export function visit(url: string): void {
  const profile = mkdtempSync(join(tmpdir(), 'tidemark-browser-'));
  const browser: ChildProcess = spawn(
    CHROMIUM,
    ['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', `--user-data-dir=${profile}`, url],
    { stdio: 'ignore' },
  );
  const closed = new Promise((resolve) => browser.once('close', resolve));
  onTestFinished(async () => {
    browser.kill('SIGKILL');
    await closed;
    rmSync(profile, { recursive: true, force: true, maxRetries: 20 });
  });
}
