import { pathToFileURL } from 'node:url';
import { Program, type Variables } from '../stack/service-process.ts';

/** What makes of a process one of the next build, in which rfm is a version further. */
export const NEXT_BUILD: Variables = {
  NODE_OPTIONS: `--import ${pathToFileURL(`${import.meta.dirname}/next-build.mjs`).href}`,
};

/** A command of the next build, as a process of its own. */
export function startNext(args: readonly string[], variables: Variables = {}): Program {
  return new Program('packages/cli/src/main.ts', args, { ...variables, ...NEXT_BUILD });
}

/** The same, run to its end. */
export async function runNext(args: readonly string[], variables: Variables = {}) {
  const program = startNext(args, variables);
  const code = await program.ended();
  return { code, stdout: program.stdout, stderr: program.stderr };
}
