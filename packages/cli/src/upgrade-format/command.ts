import { Command } from 'commander';
import { addLocation, type LocationOptions, SERVERS_HELP } from '../location/options.ts';
import { helpAfter } from '../terminal/exit-codes.ts';
import { type CommandContext, runCommand } from '../terminal/run-command.ts';
import { upgradeFormat } from './upgrade-format.ts';

export interface UpgradeFormatOptions extends LocationOptions {
  readonly yes: boolean;
}

export function upgradeFormatCommand(context: CommandContext): Command {
  const command = new Command('upgrade-format')
    .description("Have unify write the timeline in this build's format from here on: a rollout's last step.")
    .option('--yes', 'do it; without it, only what would be done is said', false);
  return addLocation(command)
    .addHelpText('after', DETAILS + SERVERS_HELP)
    .addHelpText('after', helpAfter('npx tidemark upgrade-format', 'npx tidemark upgrade-format --yes'))
    .action((options: UpgradeFormatOptions) =>
      runCommand(context, (environment) => upgradeFormat(options, environment)),
    );
}

const DETAILS = `
A pipeline that an earlier build began goes on in the format of that build, so that a rollout can be taken back. Once every
service is of this build and there is no way back to be kept open, this is its last step: what a record of the timeline says in
seven headers stands in one from here on. Builds from before stop at the first such record. What is on the timeline stays as it
is, and is read for ever; a new pipeline begins so by itself.

On servers it waits until every lane has taken it, up to 30 s; in a data folder, which must not be in use, the next \`up\` takes
it. Repeat it at will: lanes that have it are left alone.`;
