// Everything that must hold before a change is accepted: `npm test`.
// The static checks run side by side, the tests after them, so that nothing disturbs the tests' timing.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provideRedis } from '../packages/stack/src/native/redis-command.ts';

type Check = { readonly title: string; readonly command: readonly string[] };
type Counts = { passed: number; failed: number; skipped: number };
type Outcome = { readonly title: string; readonly counts: Counts };

const root = join(import.meta.dirname, '..');
process.chdir(root);

const generators = [
  { title: 'generated code', program: 'packages/contracts/src/generate/main.ts' },
  { title: 'generated docs', program: 'packages/telemetry/src/generate-docs.ts' },
];

const staticChecks: readonly Check[] = [
  { title: 'format and lint', command: ['node_modules/.bin/biome', 'check', '--error-on-warnings'] },
  { title: 'types', command: ['node_modules/.bin/tsc', '--noEmit'] },
  { title: 'import rules', command: [process.execPath, '--no-warnings', 'scripts/import-rules.ts'] },
  { title: 'unused code', command: ['node_modules/.bin/knip', '--no-config-hints'] },
  { title: 'AsyncAPI document', command: [process.execPath, '--no-warnings', 'scripts/check-asyncapi.ts'] },
  ...generators
    .filter(({ program }) => existsSync(program))
    .map(({ title, program }) => ({ title, command: [process.execPath, '--no-warnings', program, '--check'] })),
];

const staticOutcomes = await runStaticChecks();
// Where it cannot be had, the tests that need it say so.
await provideRedis(process.env, print).catch((error: unknown) => print(String(error)));
const outcomes = [...staticOutcomes, await runTests()];
const total = outcomes.map((outcome) => outcome.counts).reduce(add);
const failed = outcomes.filter((outcome) => outcome.counts.failed > 0);
if (failed.length > 0) print(`\nFailed: ${failed.map((outcome) => outcome.title).join(', ')}. See above.`);
print(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;

async function runStaticChecks(): Promise<Outcome[]> {
  const running = staticChecks.map(({ title, command }) => ({ title, result: runQuietly(command) }));
  const finished: Outcome[] = [];
  for (const { title, result } of running) {
    const { exitCode, output } = await result;
    heading(title);
    print(exitCode === 0 ? 'ok' : output.trimEnd());
    finished.push({ title, counts: { passed: exitCode === 0 ? 1 : 0, failed: exitCode === 0 ? 0 : 1, skipped: 0 } });
  }
  return finished;
}

async function runTests(): Promise<Outcome> {
  heading('tests');
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-verify-'));
  try {
    const report = join(folder, 'report.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const exitCode = await runLoudly([process.execPath, 'node_modules/vitest/vitest.mjs', 'run', ...reporters]);
    return { title: 'tests', counts: countTests(report, exitCode) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The part of Vitest's JSON report that is read here. */
type Report = {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { status: string }[];
  }[];
};

function countTests(reportFile: string, exitCode: number): Counts {
  if (!existsSync(reportFile)) return { passed: 0, failed: 1, skipped: 0 };
  const report = JSON.parse(readFileSync(reportFile, 'utf8')) as Report;
  // A file that could not be loaded, or whose hooks failed, may have failed without a failed test.
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const failed = report.numFailedTests + brokenFiles;
  return {
    passed: report.numPassedTests,
    // Vitest also ends with an error for reasons no test shows, such as an unhandled rejection.
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

function runQuietly(command: readonly string[]): Promise<{ exitCode: number; output: string }> {
  const { promise, resolve } = Promise.withResolvers<{ exitCode: number; output: string }>();
  const [program = '', ...args] = command;
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const append = (chunk: string) => {
    output += chunk;
  };
  child.stdout.setEncoding('utf8').on('data', append);
  child.stderr.setEncoding('utf8').on('data', append);
  child.on('error', (error) => resolve({ exitCode: 1, output: error.message }));
  child.on('close', (code) => resolve({ exitCode: code ?? 1, output }));
  return promise;
}

function runLoudly(command: readonly string[]): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const [program = '', ...args] = command;
  const child = spawn(program, args, { stdio: 'inherit' });
  child.on('error', () => resolve(1));
  child.on('close', (code) => resolve(code ?? 1));
  return promise;
}

function add(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

function heading(title: string): void {
  print(`\n== ${title}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
