import { Command } from 'commander';
import { helpAfter } from '../terminal/exit-codes.ts';
import { type CommandContext, runCommand } from '../terminal/run-command.ts';
import { addHistoryOptions, type HistoryOptions } from '../up/history-options.ts';
import { replayToLog } from './replay-to-log.ts';

export interface ReplayCommandOptions extends HistoryOptions {
  readonly kafka?: string;
  readonly registry?: string;
  readonly live: boolean;
  readonly json: boolean;
}

export function replayCommand(context: CommandContext): Command {
  const command = new Command('replay').description(
    'Write orders, and events simulated around them, to Kafka, where services that run as processes fold them.',
  );
  return addHistoryOptions(command)
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
      ),
    )
    .action((options: ReplayCommandOptions) => runCommand(context, (environment) => replayToLog(options, environment)));
}

const DETAILS = `
It ends when Kafka has acknowledged all of it, and folds nothing itself. Stopped, killed or started again, with a later --until
too, it goes on after what it finds in the log: nothing is written twice. Topics and schemas are created first. It must be the
only producer of its namespace (TIDEMARK_NAMESPACE) until the lanes are live; so use it instead of \`tidemark policy apply\`, not
after it. A --live that was cut short is finished by \`tidemark policy apply\`. The environment says the rest (TIDEMARK_LANES,
TIDEMARK_KAFKA_..., TIDEMARK_REGISTRY_..., see packages/config). Servers that are away are waited for.`;
