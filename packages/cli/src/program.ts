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
import { escapeText } from './terminal/escape-text.ts';
import { EXIT, exitCodeOf, helpAfter } from './terminal/exit-codes.ts';
import { asFailure } from './terminal/failure.ts';
import { OutputClosed } from './terminal/output.ts';
import { reportBug } from './terminal/report-bug.ts';
import type { CommandContext } from './terminal/run-command.ts';
import { topicsCommand } from './topics/command.ts';
import { upCommand } from './up/command.ts';
import { upgradeCommand } from './upgrade/command.ts';
import { upgradeFormatCommand } from './upgrade-format/command.ts';
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
  upgradeCommand,
  doctorCommand,
  replayCommand,
  stackCommand,
  topicsCommand,
  schemasCommand,
  upgradeFormatCommand,
];

/** Runs what the arguments ask for and resolves to the exit code. Never rejects. */
export async function runProgram(args: readonly string[], environment: Environment): Promise<number> {
  const context: CommandContext = { environment, exitCode: EXIT.ok };
  try {
    await createProgram(context).parseAsync(args, { from: 'user' });
    return context.exitCode;
  } catch (error) {
    return exitCodeOfError(error, environment);
  }
}

/** All commands, with what they take. */
export function createProgram(context: CommandContext): Command {
  const { stdout, stderr } = context.environment;
  const program = new Command('tidemark')
    .description('Live customer profiles, scores and tier changes from a stream of events.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.stream.write(text),
      writeErr: (text) => stderr.stream.write(text),
      outputError: (text, write) => write(`${escapeUsageError(text.trimEnd())}\n`),
    })
    .showHelpAfterError('Run it with --help for what it takes.')
    .addHelpText(
      'after',
      helpAfter('npx tidemark up', 'npx tidemark profile 19339', 'npx tidemark tail tier-changes --limit 5'),
    );
  for (const create of COMMANDS) program.addCommand(inherit(create(context), program));
  return program;
}

/** It quotes the command line, and may have a suggestion in a line of its own. */
function escapeUsageError(text: string): string {
  const [suggestion = ''] = /\n\(Did you mean [\w ,-]+\?\)$/.exec(text) ?? [];
  return `${escapeText(text.slice(0, text.length - suggestion.length))}${suggestion}`;
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
    else for (const line of [`tidemark: ${failure.message}`, ...failure.details]) await stderr.line(line);
  } catch (closed) {
    if (!(closed instanceof OutputClosed)) throw closed;
  }
  const signal = stopSignalOf(environment);
  if (failure === null) return EXIT.bug;
  return signal === null ? failure.exitCode : exitCodeOf(signal);
}
