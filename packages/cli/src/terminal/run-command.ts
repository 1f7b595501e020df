import type { Environment, Run } from './environment.ts';

/** What commands share while one of them runs. */
export interface CommandContext {
  readonly environment: Environment;
  exitCode: number;
}

/** Makes a command's action of its work. */
export async function runCommand(context: CommandContext, run: Run): Promise<void> {
  context.exitCode = await run(context.environment);
}
