import { topics } from '@tidemark/contracts';
import { Command, Option } from 'commander';
import { addLocation, type LocationOptions, SERVERS_HELP } from '../location/options.ts';
import { helpAfter } from '../terminal/exit-codes.ts';
import { parseWholeNumber } from '../terminal/parse-options.ts';
import { type CommandContext, runCommand } from '../terminal/run-command.ts';
import { tailTopic } from './tail-topic.ts';

export interface TailOptions extends LocationOptions {
  readonly from: 'start' | 'end';
  readonly limit?: number;
}

export function tailCommand(context: CommandContext): Command {
  const command = new Command('tail')
    .description('Print the records of a topic, decoded, one JSON line a record.')
    .argument('<topic>', `one of ${topics.map(({ name }) => name).join(', ')}`)
    .addOption(
      new Option('--from <place>', 'start: what there is, then end; end: what comes, until Ctrl-C')
        .choices(['start', 'end'])
        .default('start'),
    )
    .option('--limit <n>', 'end after so many records', parseWholeNumber(1, Number.MAX_SAFE_INTEGER));
  return addLocation(command)
    .addHelpText('after', DETAILS + SERVERS_HELP)
    .addHelpText(
      'after',
      helpAfter(
        'npx tidemark tail tier-changes --limit 3',
        'npx tidemark tail tier-changes --from end',
        `npx tidemark tail dead-letters | jq -r '.value.reason' | sort | uniq -c`,
      ),
    )
    .action((topic: string, options: TailOptions) =>
      runCommand(context, (environment) => tailTopic(topic, options, environment)),
    );
}

const DETAILS = `
A line has topic, lane, offset, time (when the log took it), key, headers, type and value. Records come in order of time; in
a lane always in order of offset. Bytes are {"base64": ...}. It only looks: other processes may go on meanwhile.`;
