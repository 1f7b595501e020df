import { spawn } from 'node:child_process';

export interface ProgramResult {
  /** Null if the program is not there, or was killed. */
  readonly exitCode: number | null;
  /** What it printed, on both streams. */
  readonly output: string;
}

/** Runs a program to its end. Never rejects. */
export function runProgram(
  program: string,
  args: readonly string[],
  variables: Readonly<Record<string, string | undefined>>,
): Promise<ProgramResult> {
  const { promise, resolve } = Promise.withResolvers<ProgramResult>();
  const child = spawn(program, args, { env: { ...variables }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const append = (text: string): void => {
    output += text;
  };
  child.stdout.setEncoding('utf8').on('data', append);
  child.stderr.setEncoding('utf8').on('data', append);
  child.on('error', (error) => resolve({ exitCode: null, output: error.message }));
  child.on('close', (exitCode) => resolve({ exitCode, output }));
  return promise;
}
