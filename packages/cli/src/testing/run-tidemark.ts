import { PassThrough } from 'node:stream';
import { systemClock } from '@tidemark/runtime';
import { runProgram } from '../program.ts';
import type { Environment } from '../terminal/environment.ts';
import { Output } from '../terminal/output.ts';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program in this process. */
export async function runTidemark(
  args: readonly string[],
  {
    variables = {},
    stop = new AbortController().signal,
    clock = systemClock,
  }: Partial<Pick<Environment, 'variables' | 'stop' | 'clock'>> = {},
): Promise<Ended> {
  const [out, err] = [collect(), collect()];
  const environment: Environment = {
    variables,
    stdout: new Output(out.stream),
    stderr: new Output(err.stream),
    clock,
    stop,
    peakMemoryBytes: () => 0,
  };
  const code = await runProgram(args, environment);
  return { code, stdout: out.text(), stderr: err.text() };
}

/** Reads all the time, so that whoever writes never waits. */
function collect() {
  const chunks: Buffer[] = [];
  const stream = new PassThrough();
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') };
}
