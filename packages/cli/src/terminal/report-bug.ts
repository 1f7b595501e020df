import type { Output } from './output.ts';

/** Says that the program itself is wrong, with the stack: the one case where a stack helps. */
export async function reportBug(error: unknown, stderr: Output): Promise<void> {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  await stderr.line('tidemark: this is a bug in Tidemark. Please report it, with what follows.');
  for (const line of stack.split('\n')) await stderr.line(line);
  await stderr.line('What was acknowledged is safe; the same command goes on from there.');
  await stderr.flush();
}
