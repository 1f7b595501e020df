import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { TimeMs } from '@tidemark/domain';
import { DEFAULT_POLICY_FILE } from '@tidemark/policy';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { createProgram, runProgram } from './program.ts';
import type { Environment } from './terminal/environment.ts';
import { Output } from './terminal/output.ts';

const policyFile = fileURLToPath(DEFAULT_POLICY_FILE);

function testEnvironment() {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const environment: Environment = {
    variables: {},
    stdout: new Output(out),
    stderr: new Output(err),
    clock: { now: () => 0 as TimeMs, elapsedMs: () => 0, sleep: async () => undefined },
    stop: new AbortController().signal,
    peakMemoryBytes: () => 0,
  };
  const read = (stream: PassThrough) => String(stream.read() ?? '');
  return { environment, stdout: () => read(out), stderr: () => read(err) };
}

test.each([
  { args: [], words: 'Usage: tidemark' },
  { args: ['nonsense'], words: "unknown command 'nonsense'" },
  { args: ['up', '--lanes', '0'], words: 'Expected a whole number from 1 to 1024.' },
  { args: ['up', '--until', '1998-02-30'], words: 'Expected a day from 1970-01-01' },
  { args: ['up', '--sample', '--orders', 'x.csv'], words: 'cannot be used with' },
  { args: ['up', 'extra'], words: 'too many arguments' },
  { args: ['replay', '--until', 'soon'], words: 'Expected a day from 1970-01-01' },
  { args: ['replay', '--sample', '--orders', 'x.csv'], words: 'cannot be used with' },
  { args: ['profile'], words: "missing required argument 'id'" },
  { args: ['explain'], words: "missing required argument 'id'" },
  { args: ['export', '--format', 'xml'], words: 'Allowed choices are jsonl, csv' },
  { args: ['tail', 'nope'], words: 'Expected a topic (interactions, orders,' },
])('a wrong command line ($args) ends with 2 and says what is right', async ({ args, words }) => {
  const { environment, stderr, stdout } = testEnvironment();
  expect(await runProgram(args, environment)).toBe(2);
  expect(stderr()).toContain(words);
  expect(stdout()).toBe('');
});

test.each([
  [['--help']],
  [['up', '--help']],
  [['replay', '--help']],
  [['profile', '-h']],
  [['explain', '--help']],
  [['export', '--help']],
  [['tail', '--help']],
  [['policy', 'check', '--help']],
  [['policy', 'apply', '--help']],
  [['dead-letters', '--help']],
  [['dead-letters', 'list', '--help']],
  [['dead-letters', 'show', '--help']],
  [['dead-letters', 'redrive', '--help']],
  [['verify', '--help']],
  [['rebuild', '--help']],
  [['doctor', '--help']],
])('help of %j has examples and exit codes, and ends with 0', async (args) => {
  const { environment, stdout } = testEnvironment();
  expect(await runProgram(args, environment)).toBe(0);
  expect(stdout()).toMatch(/Usage: tidemark[\s\S]*Examples:[\s\S]*Exit codes:[\s\S]*130, 143/);
});

test('every number that a command takes has its bounds, said in a sentence', () => {
  const { environment } = testEnvironment();
  const program = createProgram({ environment, exitCode: 0 });
  const numeric = commandsOf(program).flatMap(({ options }) => options.filter(({ flags }) => flags.includes('<n>')));
  expect(numeric.length).toBeGreaterThan(5);
  for (const { long, parseArg } of numeric) {
    for (const value of ['-1', '1.5', '1e3', '0x10', 'many', '', String(2 ** 53), '9'.repeat(400)]) {
      expect(() => parseArg?.(value, undefined), `${long} ${value}`).toThrow(
        /^Expected a whole number from \d+ to \d+\.$/,
      );
    }
  }
});

test('more lanes than a data folder can have are refused with a sentence, before anything is made', async () => {
  const { environment, stderr } = testEnvironment();
  expect(
    await runProgram(['up', '--live', '--fresh', '--lanes', '513', '--data', '/no/such/folder'], environment),
  ).toBe(2);
  expect(stderr()).toMatch(/^tidemark: Expected at most 512 lanes in a data folder, found --lanes 513: .*\.\n$/);
});

test('what a usage error quotes of the command line cannot reach the terminal as it is', async () => {
  const { environment, stderr } = testEnvironment();
  expect(await runProgram(['\x1b[2Jnonsense\u202e'], environment)).toBe(2);
  expect(stderr()).toContain("unknown command '\\u001b[2Jnonsense\\u202e'");
});

test('a failure is one message without a stack, and ends with 1', async () => {
  const { environment, stderr } = testEnvironment();
  expect(await runProgram(['policy', 'check', '/no/such/file.yaml'], environment)).toBe(1);
  expect(stderr()).toBe(
    'tidemark: Expected a policy file at /no/such/file.yaml, found none that can be read (ENOENT). Check the path.\n',
  );
});

test('what a valid policy hardly means is warned of with line and column, and ends with 0 all the same', async () => {
  const { environment, stdout, stderr } = testEnvironment();
  const file = join(mkdtempSync(join(tmpdir(), 'tidemark-policy-')), 'mine.yaml');
  writeFileSync(file, readFileSync(policyFile, 'utf8').replace('warm: 12', 'warm: 10'));
  expect(await runProgram(['policy', 'check', file], environment)).toBe(0);
  expect(stdout()).toContain('is a valid policy: default');
  expect(stderr()).toMatch(
    /^\S+mine\.yaml:\d+:11: warning: behaviour\.bands\.warm: expected a bound below 10, .*found 10\n$/,
  );
});

test('a bug is told with its stack, and ends with 70', async () => {
  const { environment, stderr } = testEnvironment();
  environment.stdout.line = () => {
    throw new TypeError('lines is not iterable');
  };
  expect(await runProgram(['policy', 'check', policyFile], environment)).toBe(70);
  expect(stderr()).toMatch(/this is a bug in Tidemark[\s\S]*TypeError: lines is not iterable\n\s+at /);
});

test('a reader who has gone is no failure', async () => {
  const { environment, stderr } = testEnvironment();
  const { stream } = environment.stdout;
  stream.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  expect(await runProgram(['policy', 'check', policyFile], environment)).toBe(0);
  expect(stderr()).toBe('');
});

/** Every command, with those below it. */
function commandsOf(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(commandsOf)];
}
