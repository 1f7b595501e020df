import { LANES_DEFAULT } from '@tidemark/contracts';
import { EMBEDDED_LANES_MAX } from '@tidemark/embedded';
import { Command, Option } from 'commander';
import { addLocation, type LocationOptions } from '../location/options.ts';
import { helpAfter } from '../terminal/exit-codes.ts';
import { parseWholeNumber } from '../terminal/parse-options.ts';
import { type CommandContext, runCommand } from '../terminal/run-command.ts';
import { addHistoryOptions, type HistoryOptions } from './history/history-options.ts';
import { runUp } from './run-up.ts';

export interface UpOptions extends HistoryOptions, LocationOptions {
  readonly fresh: boolean;
  readonly once: boolean;
  readonly json: boolean;
  readonly lanes?: number;
  readonly live: boolean;
  readonly port?: number;
  readonly host?: string;
  readonly log?: 'json' | 'pretty';
}

const LANES_MAX = 1_024;
const PORT_MAX = 65_535;

export function upCommand(context: CommandContext): Command {
  const named = new Command('up').description(
    'Start every service in this process, replay orders into them, show what came out, and serve it over HTTP.',
  );
  const command = addLocation(named)
    .addOption(
      new Option('--fresh', 'remove what the data folder has of Tidemark and start over')
        .default(false)
        .conflicts('kafka'),
    )
    .option('--once', 'end after the replay, and serve nothing', false)
    .addOption(
      new Option('--live', 'replay nothing: take events over HTTP, on the wall clock from now on')
        .default(false)
        .conflicts(['once', 'orders', 'sample', 'fromData', 'fromNamespace', 'until']),
    )
    .option('--port <n>', 'port of the HTTP server, 0 for any (default: 8080)', parseWholeNumber(0, PORT_MAX))
    .option('--host <address>', 'address to listen on; others than loopback need tokens (default: 127.0.0.1)')
    .addOption(
      new Option('--log <format>', 'log what the services do on stderr; without it, only trouble').choices([
        'json',
        'pretty',
      ]),
    )
    .option('--json', 'print one line of JSON on stdout, last; what people read goes to stderr', false);
  return addHistoryOptions(command)
    .option(
      '--lanes <n>',
      `partitions of a new pipeline, fixed for its life; in a data folder at most ${EMBEDDED_LANES_MAX} (default: ${LANES_DEFAULT})`,
      parseWholeNumber(1, LANES_MAX),
    )
    .addHelpText('after', DETAILS)
    .addHelpText(
      'after',
      helpAfter(
        'npm start                                     the bundled CDNOW orders',
        'npm start -- --once --json                    for scripts',
        'npm start -- --until 1997-12-31               as of the end of 1997; start again to go on',
        'npm start -- --orders shop.csv --data ./shop  your own orders, in a folder of their own',
        'npm start -- --policy mine.yaml --fresh       other rules, from the start',
        'npx tidemark up --live --data ./shop          take events of today',
        'npx tidemark up --kafka localhost:9092 --redis redis://localhost:6379 --registry http://localhost:8081',
      ),
    )
    .action((options: UpOptions) => runCommand(context, (environment) => runUp(options, environment)));
}

const DETAILS = `
The bundled data set is CDNOW: 69,659 real orders of 23,570 customers in 1997 and 1998. Visits and campaign messages around
them are simulated from a fixed seed. Started again on the same folder, it goes on where the last run ended: nothing is
counted twice. Stopped or killed half-way, it ends with the same tier changes. After the replay it stays up and serves
profiles, tiers and tier changes until Ctrl-C. With --live it replays nothing and takes events of today; a folder that has a
replay then goes on on the wall clock, for good. The environment may set the bounds within which lanes work, tokens, and more
(TIDEMARK_..., see packages/config).

With --kafka, --redis and --registry all of it runs on real servers: topics and schemas are created first, and the environment
may say the rest (TIDEMARK_NAMESPACE, TIDEMARK_KAFKA_..., TIDEMARK_REDIS_..., TIDEMARK_REGISTRY_...). Servers that are away are
waited for. Other processes of the same pipeline may share the work.`;
