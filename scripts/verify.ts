// Everything that must hold before a change is accepted: `npm test`. With arguments only the tests that they choose, as
// Vitest takes them: `npm test -- packages/domain`, `npm test -- -t 'a name'`.
// The static checks run side by side, the tests after them, so that nothing disturbs the tests' timing.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provideRedis } from '../packages/stack/src/native/redis-command.ts';
import { runChecks, runLoudly } from './check.ts';

type Counts = { passed: number; failed: number; skipped: number };
type Outcome = { readonly title: string; readonly counts: Counts };

process.chdir(join(import.meta.dirname, '..'));
const choice = process.argv.slice(2);
const checked = choice.length > 0 ? [] : await checkStatically();
// Where it cannot be had, the tests that need it say so.
await provideRedis(process.env, print).catch((error: unknown) => print(String(error)));
const outcomes = [...checked, await runTests(choice)];
const total = outcomes.map((outcome) => outcome.counts).reduce(add);
const failed = outcomes.filter((outcome) => outcome.counts.failed > 0);
if (failed.length > 0) print(`\nFailed: ${failed.map((outcome) => outcome.title).join(', ')}. See above.`);
print(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;

async function checkStatically(): Promise<Outcome[]> {
  const outcomes = await runChecks(print);
  return outcomes.map(({ title, isGood }) => ({
    title,
    counts: { passed: isGood ? 1 : 0, failed: isGood ? 0 : 1, skipped: 0 },
  }));
}

async function runTests(choice: readonly string[]): Promise<Outcome> {
  print('\n== tests');
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-verify-'));
  try {
    const report = join(folder, 'report.json');
    const reporters = [
      '--reporter=default',
      '--reporter=./scripts/stuck-files-reporter.ts',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ];
    const vitest = [process.execPath, 'node_modules/vitest/vitest.mjs', 'run', ...reporters];
    const exitCode = await runLoudly([...vitest, ...choice]);
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

function add(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
