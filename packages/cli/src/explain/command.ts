import { Command } from 'commander';
import { DATA_FOLDER } from '../terminal/data-option.ts';
import { helpAfter } from '../terminal/exit-codes.ts';
import { type CommandContext, runCommand } from '../terminal/run-command.ts';
import { explain } from './explain.ts';

export interface ExplainOptions {
  readonly data: string;
  readonly json: boolean;
}

export function explainCommand(context: CommandContext): Command {
  return new Command('explain')
    .description(
      'Say why a customer has his tier: what gives points and how near its thresholds are, the last change and the very record behind it, and what comes next if nothing happens.',
    )
    .argument('<id>', "the customer's id")
    .option('--data <dir>', 'data folder', DATA_FOLDER)
    .option('--json', 'print one line of JSON', false)
    .addHelpText('after', helpAfter('npx tidemark explain 19339', 'npx tidemark explain 19339 --json | jq .next'))
    .action((id: string, options: ExplainOptions) =>
      runCommand(context, (environment) => explain(id, options, environment)),
    );
}
