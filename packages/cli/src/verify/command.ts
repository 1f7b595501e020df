import { foldServices } from '@tidemark/pipeline';
import { Command, Option } from 'commander';
import { addLocation, type LocationOptions, SERVERS_HELP } from '../location/options.ts';
import { helpAfter } from '../terminal/exit-codes.ts';
import { laneOption } from '../terminal/lanes-asked.ts';
import { parseWholeNumber } from '../terminal/parse-options.ts';
import { type CommandContext, runCommand } from '../terminal/run-command.ts';
import { verifyPipeline } from './verify-pipeline.ts';

export interface VerifyOptions extends LocationOptions {
  readonly sample?: number;
  readonly seed: number;
  readonly lane?: number;
  readonly service?: string;
  readonly json: boolean;
}

export function verifyCommand(context: CommandContext): Command {
  const command = new Command('verify')
    .description('Compare the stored state with an independent fold of the log, and list the differences.')
    .option('--sample <n>', 'only so many customers, chosen by a hash of their ids', parseWholeNumber(1, 10_000_000))
    .option('--seed <n>', 'of that hash: another one chooses others', parseWholeNumber(0, 2 ** 31), 1)
    .addOption(laneOption())
    .addOption(
      new Option('--service <name>', "only this service's state").choices(foldServices.map(({ name }) => name)),
    )
    .option('--json', 'print one line of JSON instead', false);
  return addLocation(command)
    .addHelpText('after', DETAILS + SERVERS_HELP)
    .addHelpText(
      'after',
      helpAfter(
        'npx tidemark verify',
        'npx tidemark verify --sample 500',
        'npx tidemark verify --service tier --lane 3',
      ),
    )
    .action((options: VerifyOptions) => runCommand(context, (environment) => verifyPipeline(options, environment)));
}

const DETAILS = `
The timeline of each lane is folded from its start up to the place that each service has committed, by code that shares
nothing with the pipeline but the scores themselves. Every facet is compared byte for byte, and tier's changes in the log
one by one (number, customer, from, to, effective time). A difference names the customer: do not paste it where their id must
not be.

It only looks: services may go on meanwhile. Customers are read page by page, and each page is compared at the place that the
service had in that moment. A lane that stays part-way in a record, or commits faster than it can be read, is reported as
moving. A lane whose log does not start at 0 cannot be verified. Ends with 1 where there are differences, or where no lane
could be compared. Mend a state with \`npx tidemark rebuild\`. Memory: the states of one lane, twice.`;
