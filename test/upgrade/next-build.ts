import { pathToFileURL } from 'node:url';
import { Program, type Variables } from '../stack/service-process.ts';

/** What makes of a process one of the next build, in which this fold is a version further. */
export function nextBuildOf(fold: 'rfm' | 'tier' | 'profile'): Variables {
  const { href } = pathToFileURL(`${import.meta.dirname}/next-build.mjs`);
  return { NODE_OPTIONS: `--import ${href}?${fold}` };
}

export const NEXT_BUILD = nextBuildOf('rfm');

/** A command of the next build, as a process of its own. */
export function startNext(args: readonly string[], variables: Variables = {}): Program {
  return new Program('packages/cli/src/main.ts', args, { ...NEXT_BUILD, ...variables });
}

/** The same, run to its end. */
export async function runNext(args: readonly string[], variables: Variables = {}) {
  const program = startNext(args, variables);
  const code = await program.ended();
  return { code, stdout: program.stdout, stderr: program.stderr };
}
