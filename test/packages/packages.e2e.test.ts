/**
 * What others install: packed, put into an empty folder, and used from JavaScript and from TypeScript. The programs are
 * those of examples/, on the oldest Node of this machine: 20 where there is one.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildPackages } from '../../scripts/build-packages.ts';
import { ROOT } from '../deployment/repository.ts';
import { killAll, Program, until } from '../stack/service-process.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tidemark-packages-'));
const shop = join(scratch, 'shop');
/** What they want besides, as this repository has it: the test needs no network. */
const OUTSIDE = ['packages/contracts/node_modules/avsc', 'packages/consumer/node_modules/eventsource-parser'];
const node = oldestNode();
let url: string;

beforeAll(async () => {
  const packed = join(scratch, 'packed');
  for (const folder of [shop, packed]) mkdirSync(folder);
  const folders = await buildPackages(join(scratch, 'dist'));
  const outside = OUTSIDE.map((path) => realpathSync(join(ROOT, path)));
  execFileSync('npm', ['pack', '--silent', ...folders, ...outside], { cwd: packed });
  writeFileSync(join(shop, 'package.json'), JSON.stringify({ name: 'shop', private: true, type: 'module' }));
  const tarballs = readdirSync(packed).map((name) => join(packed, name));
  execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', ...tarballs], { cwd: shop });

  const args = ['up', '--live', '--port', '0', '--json', '--data', join(scratch, 'data')];
  const up = new Program('packages/cli/src/main.ts', args, {});
  await until('it serves', () => up.stdout.includes('\n') || up.child.exitCode !== null);
  expect(up.child.exitCode, up.stderr).toBeNull();
  ({ url } = JSON.parse(up.stdout) as { readonly url: string });
});

afterAll(async () => {
  await killAll();
  rmSync(scratch, { recursive: true, force: true });
});

test('a producer has what it writes, and no fold of any score', () => {
  const code = readFileSync(join(shop, 'node_modules/@tidemark/producer/index.js'), 'utf8');
  expect(code).toContain('encodeEvent');
  for (const word of ['nextDueAt', 'measuresAt', 'evolve']) expect(code).not.toContain(word);
});

test('each has JavaScript and types, and nothing of the workspace', () => {
  const installed = join(shop, 'node_modules/@tidemark');
  expect(readdirSync(installed).sort()).toEqual(['consumer', 'producer']);
  for (const name of readdirSync(installed)) {
    const files = readdirSync(join(installed, name)).sort();
    expect(files).toEqual(['LICENSE', 'README.md', 'index.d.ts', 'index.js', 'package.json']);
  }
});

test('a shop sends orders from JavaScript, and a tool gets their tier changes from TypeScript', async () => {
  copyFileSync(join(ROOT, 'examples/producer/send-orders.mjs'), join(shop, 'send-orders.mjs'));
  const sent = await run('send-orders.mjs', '--url', url, '--customer', 'anna');
  expect(sent.stdout.match(/^anna-\d: durable in lane \d+ at offset \d+$/gm)).toHaveLength(3);
  expect(sent.stdout).toMatch(/^anna-4: EventError: .*amountMinor: expected a whole number of minor units/m);
  expect(sent.code, sent.stderr).toBe(0);

  compile('examples/consumer/print-tier-changes.ts');
  const child = spawn(node, ['print-tier-changes.js', '--url', url], { cwd: shop });
  const output = text(child.stdout);
  const place = join(shop, 'tier-changes.place.json');
  await until('a change was handled', () => existsSync(place) || child.exitCode !== null);
  child.kill('SIGTERM');
  const [code] = await once(child, 'close');
  expect(await output).toMatch(/"anna" enter: none -> \w+ because .*\nstopped\n$/s);
  expect(code).toBe(0);
});

/** Runs a program of the shop to its end. */
async function run(program: string, ...args: readonly string[]) {
  const child = spawn(node, [program, ...args], { cwd: shop });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: code as number | null, stdout, stderr };
}

/** As a shop that uses TypeScript would, whose own compiler checks the types of what it has installed. */
function compile(source: string): void {
  const file = join(shop, source.split('/').at(-1) ?? '');
  copyFileSync(join(ROOT, source), file);
  const types = ['--typeRoots', join(ROOT, 'node_modules/@types'), '--types', 'node'];
  const strict = ['--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', 'false'];
  const args = ['--module', 'nodenext', '--target', 'es2022', '--lib', 'es2023', ...strict, ...types, file];
  execFileSync(join(ROOT, 'node_modules/.bin/tsc'), args, { cwd: shop, stdio: 'inherit' });
}

/** Of those in the PATH; this process's own where it is the only one. */
function oldestNode(): string {
  const inPath = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'node'));
  const found = [process.execPath, ...inPath.filter((file) => existsSync(file))].map((file) => {
    const version = execFileSync(file, ['--version'], { encoding: 'utf8' });
    return { file, major: Number(/^v(\d+)/.exec(version)?.[1] ?? 0) };
  });
  const [oldest] = found.filter(({ major }) => major >= 20).sort((a, b) => a.major - b.major);
  process.stderr.write(`packages: tried on Node ${oldest?.major}\n`);
  return oldest?.file ?? process.execPath;
}
