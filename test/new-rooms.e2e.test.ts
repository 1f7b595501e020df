/**
 * `npm run new` in a copy of the repository, which has this one's dependencies: after a facet and a topic, what must hold
 * before a change is accepted holds, with nothing else edited.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from './deployment/repository.ts';

const copy = join(mkdtempSync(join(tmpdir(), 'tidemark-rooms-')), 'repository');
const LEFT_OUT = ['.git', 'dist', '.tidemark'];

beforeAll(() => {
  cpSync(ROOT, copy, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !LEFT_OUT.includes(basename(path)) && relative(ROOT, path) !== 'node_modules',
  });
  mkdirSync(join(copy, 'node_modules'));
  for (const name of readdirSync(join(ROOT, 'node_modules')).filter((each) => each !== '.cache')) {
    symlinkSync(join(ROOT, 'node_modules', name), join(copy, 'node_modules', name));
  }
});
afterAll(() => rmSync(join(copy, '..'), { recursive: true, force: true }));

function run(program: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: copy,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  return { status, stdout, stderr };
}

function runNode(...args: readonly string[]) {
  return run(process.execPath, '--no-warnings', ...args);
}

test('a name that is in use, and a command that is none, are one sentence and exit code 2', () => {
  for (const args of [['facet', 'rfm'], ['facet', 'Cart'], ['facet'], ['room', 'cart'], []]) {
    const { status, stdout, stderr } = runNode('scripts/new.ts', ...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^new: expected [^\n]+\n$/);
  }
});

test('a facet and a topic are written and formatted, and what is left to do is said', () => {
  const facet = runNode('scripts/new.ts', 'facet', 'cart-value');
  expect(facet.status, facet.stderr + facet.stdout).toBe(0);
  expect(facet.stdout).toMatch(/cart-value is a facet[\s\S]*Next:/);
  const topic = runNode('scripts/new.ts', 'topic', 'returns');
  expect(topic.status, topic.stderr + topic.stdout).toBe(0);
  expect(topic.stdout).toMatch(/returns is a raw topic[\s\S]*By hand/);
  for (const [file, word] of [
    ['docker-compose.yml', 'services/score/src/main.ts, cart-value'],
    ['infra/prometheus/prometheus.yml', 'cart-value'],
    ['services/README.md', 'cart-value'],
    ['docs/asyncapi.yaml', 'cart-value-changes'],
    ['docs/asyncapi.yaml', 'returns-event'],
    ['docs/api/producer.d.ts', 'ReturnsInput'],
    ['services/unify/README.md', 'returns'],
  ] as const) {
    expect(readFileSync(join(copy, file), 'utf8'), file).toContain(word);
  }
});

/** Those that look at all of the repository; the command has formatted and linted what it wrote. */
test.each([
  ['types', 'node_modules/.bin/tsc', '--noEmit'],
  ['unused code', 'node_modules/.bin/knip', '--no-config-hints'],
  ['import rules', process.execPath, '--no-warnings', 'scripts/import-rules.ts'],
  ['generated code', process.execPath, '--no-warnings', 'packages/contracts/src/generate/main.ts', '--check'],
  ['lists of facets', process.execPath, '--no-warnings', 'scripts/facet-lists.ts', '--check'],
])('then the static check of %s passes', (_title, program, ...args) => {
  const { status, stdout, stderr } = run(program, ...args);
  expect(status, stderr + stdout).toBe(0);
});

test('and so do the tests of both, of what every facet promises, of records and of deployment', () => {
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit'];
  const ofBoth = runNode(...vitest, 'packages/domain/src/facets', 'packages/timeline', 'packages/producer', '-t', BOTH);
  expect(ofBoth.status, ofBoth.stderr + ofBoth.stdout).toBe(0);
  expect(ofBoth.stdout).toMatch(/Tests +[12]\d passed/);
  const others = runNode(...vitest, 'packages/contracts', 'test/deployment', 'scripts');
  expect(others.status, others.stderr + others.stdout).toBe(0);
});

/** Of a test or the group that it is in. */
const BOTH = 'cart-value|returns|a customer is active';

test('the facet is folded: it is among the services that a pipeline runs, and an export has its columns', () => {
  const data = join(copy, '..', 'data');
  const orders = join(ROOT, 'test/cases/02-line-item-rows/orders.csv');
  const up = runNode('packages/cli/src/main.ts', 'up', '--once', '--orders', orders, '--data', data);
  expect(up.status, up.stderr).toBe(0);
  const exported = runNode('packages/cli/src/main.ts', 'export', '--format', 'csv', '--data', data);
  expect(exported.stdout.split('\n')[0]).toContain('cart_value_activity,cart_value_days_since');
});
