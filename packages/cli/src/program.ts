import { Command, CommanderError } from 'commander';
import { deadLettersCommand } from './dead-letters/command.ts';
import { doctorCommand } from './doctor/command.ts';
import { explainCommand } from './explain/command.ts';
import { exportCommand } from './export/command.ts';
import { policyCommand } from './policy/command.ts';
import { profileCommand } from './profile/command.ts';
import { rebuildCommand } from './rebuild/command.ts';
import { replayCommand } from './replay/command.ts';
import { schemasCommand } from './schemas/command.ts';
import { stackCommand } from './stack/command.ts';
import { tailCommand } from './tail/command.ts';
import { type Environment, stopSignalOf } from './terminal/environment.ts';
import { EXIT, exitCodeOf, helpAfter } from './terminal/exit-codes.ts';
import { asFailure } from './terminal/failure.ts';
import { OutputClosed } from './terminal/output.ts';
import { reportBug } from './terminal/report-bug.ts';
import type { CommandContext } from './terminal/run-command.ts';
import { topicsCommand } from './topics/command.ts';
import { upCommand } from './up/command.ts';
import { verifyCommand } from './verify/command.ts';

const COMMANDS = [
  upCommand,
  profileCommand,
  explainCommand,
  exportCommand,
  tailCommand,
  policyCommand,
  deadLettersCommand,
  verifyCommand,
  rebuildCommand,
  doctorCommand,
  replayCommand,
  stackCommand,
  topicsCommand,
  schemasCommand,
];

/** Runs what the arguments ask for and resolves to the exit code. Never rejects. */
export async function runProgram(args: readonly string[], environment: Environment): Promise<number> {
  const context: CommandContext = { environment, exitCode: EXIT.ok };
  const program = new Command('tidemark')
    .description('Live customer profiles, scores and tier changes from a stream of events.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => environment.stdout.stream.write(text),
      writeErr: (text) => environment.stderr.stream.write(text),
    })
    .showHelpAfterError('Run it with --help for what it takes.')
    .addHelpText(
      'after',
      helpAfter('npx tidemark up', 'npx tidemark profile 19339', 'npx tidemark tail tier-changes --limit 5'),
    );
  for (const create of COMMANDS) program.addCommand(inherit(create(context), program));
  try {
    await program.parseAsync(args, { from: 'user' });
    return context.exitCode;
  } catch (error) {
    return exitCodeOfError(error, environment);
  }
}

/** Commands of commands too: none may end the process by itself. */
function inherit(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inherit(child, command);
  return command;
}

async function exitCodeOfError(error: unknown, environment: Environment): Promise<number> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof OutputClosed) return EXIT.ok;
  const failure = asFailure(error);
  const { stderr } = environment;
  try {
    if (failure === null) await reportBug(error, stderr);
    else await stderr.line(`tidemark: ${failure.message}`);
  } catch (closed) {
    if (!(closed instanceof OutputClosed)) throw closed;
  }
  const signal = stopSignalOf(environment);
  if (failure === null) return EXIT.bug;
  return signal === null ? failure.exitCode : exitCodeOf(signal);
}
