// The static checks, side by side: `npm run check`. They take seconds, and run no test. What follows from the registry of
// facets is written first.

import { spawn } from 'node:child_process';
import { join } from 'node:path';

export type Check = { readonly title: string; readonly command: readonly string[] };
export type CheckOutcome = { readonly title: string; readonly isGood: boolean };

/** Programs that write what follows from the registry of facets, or with `--check` compare it; in this order. */
export const registryGenerators: readonly Check[] = [
  { title: 'generated code', command: program('packages/contracts/src/generate/main.ts') },
  { title: 'lists of facets', command: program('scripts/facet-lists.ts') },
];

/** All programs that write files from others. */
export const generators: readonly Check[] = [
  ...registryGenerators,
  { title: 'generated docs', command: program('packages/telemetry/src/generate-docs.ts') },
  { title: 'mapping page', command: program('packages/segment/src/generate-docs.ts') },
  { title: 'exported types', command: program('scripts/build-packages.ts') },
];

/** What was found right is looked at again only where it changed. */
const TYPES_SEEN = 'node_modules/.cache/types.tsbuildinfo';

const checks: readonly Check[] = [
  { title: 'format and lint', command: ['node_modules/.bin/biome', 'check', '--error-on-warnings'] },
  { title: 'types', command: ['node_modules/.bin/tsc', '--noEmit', '--incremental', '--tsBuildInfoFile', TYPES_SEEN] },
  { title: 'import rules', command: program('scripts/import-rules.ts') },
  { title: 'unused code', command: ['node_modules/.bin/knip', '--no-config-hints'] },
  { title: 'AsyncAPI document', command: program('scripts/check-asyncapi.ts') },
  ...generators.map(({ title, command }) => ({ title, command: [...command, '--check'] })),
];

/** Runs all of them, from the repository's root, and tells each as its turn comes. */
export async function runChecks(print: (line: string) => void): Promise<readonly CheckOutcome[]> {
  const running = checks.map(({ title, command }) => ({ title, result: runQuietly(command) }));
  const outcomes: CheckOutcome[] = [];
  for (const { title, result } of running) {
    const { isGood, output } = await result;
    print(`\n== ${title}`);
    print(isGood ? 'ok' : output.trimEnd());
    outcomes.push({ title, isGood });
  }
  return outcomes;
}

/** Resolves once the program has ended, in a process group of its own; what it prints goes where this process's goes. */
export async function runLoudly([program = '', ...args]: readonly string[]): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const child = spawn(program, args, { stdio: 'inherit', detached: true });
  child.on('error', () => resolve(1));
  child.on('close', (code) => resolve(code ?? 1));
  const pass = (signal: NodeJS.Signals) => child.kill(signal);
  for (const signal of PASSED_ON) process.on(signal, pass);
  const exitCode = await promise;
  for (const signal of PASSED_ON) process.off(signal, pass);
  return exitCode;
}

const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function runQuietly([program = '', ...args]: readonly string[]): Promise<{ isGood: boolean; output: string }> {
  const { promise, resolve } = Promise.withResolvers<{ isGood: boolean; output: string }>();
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const append = (chunk: string) => {
    output += chunk;
  };
  child.stdout.setEncoding('utf8').on('data', append);
  child.stderr.setEncoding('utf8').on('data', append);
  child.on('error', (error) => resolve({ isGood: false, output: error.message }));
  child.on('close', (code) => resolve({ isGood: code === 0, output }));
  return promise;
}

/** A program of this repository, by its path from the root. */
function program(path: string): readonly string[] {
  return [process.execPath, '--no-warnings', path];
}

if (import.meta.main) {
  process.chdir(join(import.meta.dirname, '..'));
  // A new facet is a folder and a line: what follows from them is written here, and says so. `npm test` only compares.
  for (const { command } of registryGenerators) await runLoudly(command);
  const outcomes = await runChecks(console.log);
  const failed = outcomes.filter(({ isGood }) => !isGood).map(({ title }) => title);
  console.log(failed.length === 0 ? '\nAll checks passed.' : `\nFailed: ${failed.join(', ')}. See above.`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}
