import type { TimeMs } from '@tidemark/domain';
import { Command, Option } from 'commander';
import { addLocation, type LocationOptions, SERVERS_HELP } from '../location/options.ts';
import { helpAfter } from '../terminal/exit-codes.ts';
import { parseMoment } from '../terminal/parse-options.ts';
import { type CommandContext, runCommand } from '../terminal/run-command.ts';
import { exportCustomers } from './export-customers.ts';

export interface ExportOptions extends LocationOptions {
  readonly format: 'jsonl' | 'csv';
  readonly raw: boolean;
  readonly at?: TimeMs;
}

export function exportCommand(context: CommandContext): Command {
  const command = new Command('export')
    .description('Write one line a customer with all facets, views and exact values, in order of the ids.')
    .addOption(new Option('--format <format>', 'of the lines').choices(['jsonl', 'csv']).default('jsonl'))
    .option('--raw', 'CSV cells exactly as they are, for programs: a spreadsheet may run what is in them', false)
    .option('--at <date>', "compute views and values as of then (default: the data's stream time)", parseMoment);
  return addLocation(command)
    .addHelpText('after', DETAILS + SERVERS_HELP)
    .addHelpText(
      'after',
      helpAfter(
        'npx tidemark export --format csv > customers.csv',
        'npx tidemark export --format csv --raw | my-import',
        'npx tidemark export --at 1998-09-30 | head -3',
        `python -c "import pandas; print(pandas.read_csv('customers.csv').groupby('tier').size())"`,
      ),
    )
    .action((options: ExportOptions) => runCommand(context, (environment) => exportCustomers(options, environment)));
}

const DETAILS = `
Times are ISO 8601 in UTC, amounts are in minor units (cents) of the policy's currency; what is not known is null, or empty
in CSV. In CSV a text that a spreadsheet would take for a formula (= + - @ first) gets an apostrophe before it, and characters
that a terminal would not show are written by their codes; --raw gives both as they are. --at takes a day (its end) or a moment such as 1998-09-30T12:00:00Z. After the stream time it says what will be if
no event comes. Before it, ages and decays are computed back, but events after --at still count.`;
