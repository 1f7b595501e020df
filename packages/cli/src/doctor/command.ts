import { Command } from 'commander';
import { addLocation, type LocationOptions, SERVERS_HELP } from '../location/options.ts';
import { helpAfter } from '../terminal/exit-codes.ts';
import { type CommandContext, runCommand } from '../terminal/run-command.ts';
import { runDoctor } from './run-doctor.ts';

export interface DoctorOptions extends LocationOptions {
  readonly json: boolean;
}

export function doctorCommand(context: CommandContext): Command {
  const command = new Command('doctor')
    .description('Check the set-up and the data folder or the servers, and say what to mend.')
    .option('--json', 'print one line of JSON a check', false);
  return addLocation(command)
    .addHelpText('after', DETAILS + SERVERS_HELP)
    .addHelpText(
      'after',
      helpAfter(
        'npx tidemark doctor',
        'npx tidemark doctor --data ./shop',
        `npx tidemark doctor --json | jq -r 'select(.status != "ok") | .name'`,
      ),
    )
    .action((options: DoctorOptions) => runCommand(context, (environment) => runDoctor(options, environment)));
}

const DETAILS = `
One line a check: ok; warn, what somebody should know; fail, what does not work until it is mended. Ends with 1 if a check
fails. It only looks: another process may write the folder meanwhile. What is in the states it does not compare with the
log: \`npx tidemark verify\` does.`;
