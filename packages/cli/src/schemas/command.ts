import { everySetting, loadConfig, registryConnectionOf, registrySettings } from '@tidemark/config';
import { EVENT_TOPICS, isEventTopic, RAW_RECORD_TYPES, type RawRecordType } from '@tidemark/contracts';
import { applySchemas, type RegistryConnection, type SchemaOutcome, seedProducerSubject } from '@tidemark/kafka';
import { Command, Option } from 'commander';
import type { Environment } from '../terminal/environment.ts';
import { EXIT, helpAfter } from '../terminal/exit-codes.ts';
import { Failure } from '../terminal/failure.ts';
import { type CommandContext, runCommand } from '../terminal/run-command.ts';

interface ApplyOptions {
  readonly producer?: string;
  readonly recordType?: RawRecordType;
}

export function schemasCommand(context: CommandContext): Command {
  const apply = new Command('apply')
    .description('Register the schemas of what producers write. Repeat it at will.')
    .option('--producer <subject>', "give a producer's own subject our schema to begin with")
    .addOption(
      new Option('--record-type <type>', 'of that subject, where its name does not tell').choices(RAW_RECORD_TYPES),
    )
    .addHelpText('after', DETAILS)
    .addHelpText('after', helpAfter('npx tidemark schemas apply'))
    .action((options: ApplyOptions) => runCommand(context, (environment) => runApply(environment, options)));
  return new Command('schemas').description('The schemas in the registry.').addCommand(apply);
}

const DETAILS = `
Each record type has a subject of its own, whatever the topic: tidemark.OrderEvent, tidemark.Punctuation and so on. They
are Tidemark's alone, with BACKWARD compatibility. A producer that brings schemas of its own has subjects of its own:
most serializers register under TOPIC-value. --producer SUBJECT begins such a subject with our schema, and has the
registry refuse every later version that Tidemark could not read (FORWARD_TRANSITIVE). The environment names the registry
(TIDEMARK_REGISTRY_URL and what stands beside it in packages/config).`;

async function runApply({ variables, stdout }: Environment, options: ApplyOptions): Promise<number> {
  const recordType = recordTypeOf(options);
  const connection = registryConnectionOf(loadConfig(registrySettings, variables, everySetting));
  const outcomes = await registered(connection, options.producer, recordType);
  const refused: string[] = [];
  for (const outcome of outcomes) {
    const { subject, version } = outcome;
    if ('id' in outcome) await stdout.line(`${subject}, version ${version}: id ${outcome.id}`);
    else refused.push(`${subject}, version ${version}: ${outcome.refused}`);
  }
  if (refused.length > 0) throw new Failure('the registry refused:', EXIT.failed, refused);
  return EXIT.ok;
}

async function registered(
  connection: RegistryConnection,
  producer: string | undefined,
  recordType: RawRecordType | null,
): Promise<readonly SchemaOutcome[]> {
  if (producer === undefined || recordType === null) return applySchemas(connection);
  return [await seedProducerSubject(connection, producer, recordType)];
}

/** The record type of a producer's subject: as said, or that of the topic in `<namespace>.<topic>-value`. */
function recordTypeOf({ producer, recordType }: ApplyOptions): RawRecordType | null {
  if (producer === undefined) {
    if (recordType === undefined) return null;
    throw new Failure('--record-type speaks of the subject that --producer names: give both', EXIT.usage);
  }
  if (recordType !== undefined) return recordType;
  const topic = /(?:^|\.)([a-z-]+)-value$/.exec(producer)?.[1] ?? '';
  if (isEventTopic(topic)) return EVENT_TOPICS[topic].recordType;
  const expected = 'expected a subject such as tidemark.orders-value, whose topic tells the record type';
  throw new Failure(`${expected}; give --record-type for another`, EXIT.usage);
}
