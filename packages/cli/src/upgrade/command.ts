import { foldServices } from '@tidemark/pipeline';
import { Command, Option } from 'commander';
import { addLocation, type LocationOptions, SERVERS_HELP } from '../location/options.ts';
import { helpAfter } from '../terminal/exit-codes.ts';
import { type CommandContext, runCommand } from '../terminal/run-command.ts';
import { upgradeService } from './upgrade-service.ts';

export interface UpgradeOptions extends LocationOptions {
  readonly service: string;
  readonly dryRun: boolean;
  readonly abort: boolean;
  readonly yes: boolean;
}

export function upgradeCommand(context: CommandContext): Command {
  const command = new Command('upgrade')
    .description("Let this build's version of a fold take over from the one in force, in place.")
    .requiredOption('--service <name>', `one of ${foldServices.map(({ name }) => name).join(', ')}`)
    .addOption(
      new Option('--dry-run', 'only fold beside, and say how many customers would change')
        .default(false)
        .conflicts(['abort']),
    )
    .option('--abort', 'give it up: clear what the new version has folded, before its cutover', false)
    .option(
      '--yes',
      "also where more than 5 % of the customers change; and clear the old version's state at the end",
      false,
    );
  return addLocation(command)
    .addHelpText('after', DETAILS + SERVERS_HELP)
    .addHelpText(
      'after',
      helpAfter('npx tidemark upgrade --service rfm --dry-run', 'npx tidemark upgrade --service rfm --yes'),
    )
    .action((options: UpgradeOptions) => runCommand(context, (environment) => upgradeService(options, environment)));
}

const DETAILS = `
The new version first folds the timeline from its start beside the one in force, silently. Once it is within a second of every
lane's end, a cutover is written to every lane: there the old version ends, and the new one tells whoever differs from what was
told last. On servers run \`services/score NAME\` (or \`services/tier\`) of the new build beside the old one, which ends by itself
at the cutover; a data folder must not be in use: stop \`up\` first, and this command folds by itself.

Stopped half-way, at any point, the same command goes on. Up to the cutover --abort leads back; behind it nothing does. What is
in the topics of a pipeline that was upgraded cannot be made anew from the timeline: back them up.`;
