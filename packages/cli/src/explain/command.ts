import { Command } from 'commander';
import { addLocation, type LocationOptions, SERVERS_HELP } from '../location/options.ts';
import { helpAfter } from '../terminal/exit-codes.ts';
import { type CommandContext, runCommand } from '../terminal/run-command.ts';
import { explain } from './explain.ts';

export interface ExplainOptions extends LocationOptions {
  readonly json: boolean;
}

export function explainCommand(context: CommandContext): Command {
  const command = new Command('explain')
    .description(
      'Say why a customer has their tier: what gives points and how near its thresholds are, the last change and the very record behind it, and what comes next if nothing happens.',
    )
    .argument('<id>', "the customer's id")
    .option('--json', 'print one line of JSON', false);
  return addLocation(command)
    .addHelpText('after', SERVERS_HELP)
    .addHelpText('after', helpAfter('npx tidemark explain 19339', 'npx tidemark explain 19339 --json | jq .next'))
    .action((id: string, options: ExplainOptions) =>
      runCommand(context, (environment) => explain(id, options, environment)),
    );
}
