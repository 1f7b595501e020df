import { foldServices } from '@tidemark/pipeline';
import { Command, Option } from 'commander';
import { addLocation, type LocationOptions, SERVERS_HELP } from '../location/options.ts';
import { helpAfter } from '../terminal/exit-codes.ts';
import { laneOption } from '../terminal/lanes-asked.ts';
import { parseWholeNumber } from '../terminal/parse-options.ts';
import { type CommandContext, runCommand } from '../terminal/run-command.ts';
import { rebuildService } from './rebuild-service.ts';

export interface RebuildOptions extends LocationOptions {
  readonly service: string;
  readonly lane?: number;
  readonly threads?: number;
  readonly yes: boolean;
  readonly json: boolean;
}

const THREADS_MAX = 64;

export function rebuildCommand(context: CommandContext): Command {
  const command = new Command('rebuild')
    .description(
      "Clear a service's state and fold it from the log again; what it published stays, and is not repeated.",
    )
    .requiredOption('--service <name>', `one of ${foldServices.map(({ name }) => name).join(', ')}`)
    .addOption(laneOption())
    .addOption(
      new Option(
        '--threads <n>',
        'with --kafka: how many threads share the lanes (default: as many as there are cores, and one for each 100,000 records at most)',
      ).argParser(parseWholeNumber(1, THREADS_MAX)),
    )
    .option('--yes', 'do it; without it, only what would be done is said', false)
    .option('--json', 'print one line of JSON on stdout at the end', false);
  return addLocation(command)
    .addHelpText('after', DETAILS + SERVERS_HELP)
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

The other services' state stays. With tier the scores run too, without being cleared, since tier waits for them; on servers
only those that no process runs. A data folder must not be in use: stop \`up\` first. On servers no process of the service may
run; its lanes, those that are not cleared too, are folded by this command meanwhile. Stopped half-way, the same command
starts over; the service goes on from there, and may then repeat what was sent in the last second before a crash, under the
same numbers, which readers drop. A log that does not start at 0 cannot give the state again. Where
Redis has lost some of a lane's keys, the lane begins anew for every service, and keys of its customers of before stay
(<namespace>:cust:*), read by nobody, until the namespace is emptied, as docs/runbook/faults.md#state-missing says. unify keeps
no state: it has nothing to rebuild.`;
