import { Command } from 'commander';
import { foldServices } from '../folds/fold-services.ts';
import { DATA_FOLDER } from '../terminal/data-option.ts';
import { helpAfter } from '../terminal/exit-codes.ts';
import { parseWholeNumber } from '../terminal/parse-options.ts';
import { type CommandContext, runCommand } from '../terminal/run-command.ts';
import { rebuildService } from './rebuild-service.ts';

export interface RebuildOptions {
  readonly data: string;
  readonly service: string;
  readonly lane?: number;
  readonly yes: boolean;
  readonly json: boolean;
}

export function rebuildCommand(context: CommandContext): Command {
  return new Command('rebuild')
    .description(
      "Clear a service's state and fold it from the log again; what it published stays, and is not repeated.",
    )
    .requiredOption('--service <name>', `one of ${foldServices.map(({ name }) => name).join(', ')}`)
    .option('--lane <n>', 'only this lane', parseWholeNumber(0, 1_023))
    .option('--yes', 'do it; without it, only what would be done is said', false)
    .option('--json', 'print one line of JSON on stdout at the end', false)
    .option('--data <dir>', 'data folder', DATA_FOLDER)
    .addHelpText('after', DETAILS)
    .addHelpText(
      'after',
      helpAfter(
        'npx tidemark rebuild --service rfm --yes',
        'npx tidemark rebuild --service tier --lane 3 --yes',
        'npx tidemark rebuild --service profile --yes --json',
      ),
    )
    .action((options: RebuildOptions) => runCommand(context, (environment) => rebuildService(options, environment)));
}

const DETAILS = `
Nothing is published twice: before a change, a word of progress or a dead letter is sent, it is looked for in the topic that
it would go to; changes are told by their number in the lane. That holds too where the pipeline was killed before it could
note what it had sent. What the log's end asks for and was never published is sent.

The other services' state stays. With tier the scores run too, without being cleared, since tier waits for them. The folder
must not be in use: stop \`up\` first. Stopped half-way, the same command starts over; \`up\` goes on from there, and may then
repeat what was sent in the last second before a crash, under the same numbers, which readers drop. A log that does not
start at 0 cannot give the state again. unify keeps no state: it has nothing to rebuild.`;
