import { type Command, Option } from 'commander';

/** Where data goes and is looked for unless the command line says otherwise: in the folder the command is run in. */
const DATA_FOLDER = '.tidemark';

/** Where a pipeline is: in a data folder, or, with all three addresses, on servers. */
export interface LocationOptions {
  readonly data: string;
  readonly kafka?: string;
  readonly redis?: string;
  readonly registry?: string;
}

/** Gives a command the options that say where the pipeline is. */
export function addLocation(command: Command): Command {
  return command
    .option('--data <dir>', 'data folder: log and state', DATA_FOLDER)
    .addOption(
      new Option(
        '--kafka <host:port>',
        'work on these brokers (commas between several) instead of a data folder',
      ).conflicts('data'),
    )
    .option('--redis <url>', 'with --kafka: the state, such as redis://127.0.0.1:6379')
    .option('--registry <url>', 'with --kafka: the schema registry, such as http://127.0.0.1:8081');
}

/** A part of the help of commands that look at a pipeline which is there. */
export const SERVERS_HELP = `
With --kafka, --redis and --registry it works on servers, beside the services there. The environment says the rest, as for the
services: TIDEMARK_NAMESPACE, TIDEMARK_LANES, TIDEMARK_KAFKA_..., TIDEMARK_REDIS_..., TIDEMARK_REGISTRY_... (services/README.md).`;

/** The part of a suggested command that says where the pipeline is. */
export function locationArguments(
  { data, kafka, redis, registry }: LocationOptions,
  quote: (word: string) => string,
): string {
  const servers = Object.entries({ kafka, redis, registry });
  if (kafka !== undefined) return servers.map(([name, address]) => ` --${name} ${quote(address ?? '')}`).join('');
  return data === DATA_FOLDER ? '' : ` --data ${quote(data)}`;
}
