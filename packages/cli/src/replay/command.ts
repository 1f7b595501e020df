import { Command, Option } from 'commander';
import { helpAfter } from '../terminal/exit-codes.ts';
import { type CommandContext, runCommand } from '../terminal/run-command.ts';
import { addHistoryOptions, type HistoryOptions } from '../up/history/history-options.ts';
import { replayToLog } from './replay-to-log.ts';

export interface ReplayCommandOptions extends HistoryOptions {
  readonly data?: string;
  readonly kafka?: string;
  readonly registry?: string;
  readonly live: boolean;
  readonly json: boolean;
}

export function replayCommand(context: CommandContext): Command {
  const command = new Command('replay').description(
    'Write history to Kafka, where services that run as processes fold it, or to a data folder: orders, with events ' +
      'simulated around them, or what another pipeline has accepted.',
  );
  return addHistoryOptions(command)
    .addOption(new Option('--data <dir>', 'write to this data folder; `up` folds it').conflicts(['kafka', 'registry']))
    .option('--kafka <host:port>', 'the brokers, commas between several (default: TIDEMARK_KAFKA_BROKERS)')
    .option('--registry <url>', 'the schema registry (default: TIDEMARK_REGISTRY_URL)')
    .option('--live', 'put every lane on the wall clock in the end: no replay after that', false)
    .option('--json', 'print one line of JSON on stdout, last; what people read goes to stderr', false)
    .addHelpText('after', DETAILS)
    .addHelpText(
      'after',
      helpAfter(
        'npx tidemark replay --sample',
        'npx tidemark replay --sample --until 1997-12-31     as of the end of 1997; start it again to go on',
        'npx tidemark replay --orders shop.csv --kafka localhost:9092 --registry http://localhost:8081',
        'TIDEMARK_NAMESPACE=shop-2 npx tidemark replay --from-namespace shop     to start over with what shop has accepted',
        'npx tidemark replay --from-data ./shop --data ./shop-2',
      ),
    )
    .action((options: ReplayCommandOptions) => runCommand(context, (environment) => replayToLog(options, environment)));
}

const DETAILS = `
It ends when all of it is acknowledged, and folds nothing itself. Stopped, killed or started again, with a later --until
too, it goes on after what it finds in the log: nothing is written twice. Topics and schemas are created first. It must be the
only producer of its namespace (TIDEMARK_NAMESPACE) until the lanes are live; so use it instead of \`tidemark policy apply\`, not
after it. A --live that was cut short is finished by \`tidemark policy apply\`. The environment says the rest (TIDEMARK_LANES,
TIDEMARK_KAFKA_..., TIDEMARK_REGISTRY_..., see packages/config). Servers that are away are waited for.

What lies after the moment at which a replay is first started is left out, counted and listed: the clock is never set ahead. With
--from-data or --from-namespace the events that another pipeline has accepted are written with their own ids in order of their own
times, which leads out where its lanes are ahead of the wall clock. Stop its producers first; it stays as it is.`;
