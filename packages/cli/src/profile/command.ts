import { Command } from 'commander';
import { addLocation, type LocationOptions, SERVERS_HELP } from '../location/options.ts';
import { helpAfter } from '../terminal/exit-codes.ts';
import { type CommandContext, runCommand } from '../terminal/run-command.ts';
import { showProfile } from './show-profile.ts';

export interface ProfileOptions extends LocationOptions {
  readonly json: boolean;
}

export function profileCommand(context: CommandContext): Command {
  const command = new Command('profile')
    .description(
      "Show every facet of one customer as of the data's stream time, and what changes next if nothing happens.",
    )
    .argument('<id>', "the customer's id")
    .option('--json', 'print one line of JSON', false);
  return addLocation(command)
    .addHelpText('after', SERVERS_HELP)
    .addHelpText('after', helpAfter('npx tidemark profile 19339', 'npx tidemark profile 19339 --json | jq .tier'))
    .action((id: string, options: ProfileOptions) =>
      runCommand(context, (environment) => showProfile(id, options, environment)),
    );
}
