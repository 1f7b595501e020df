import { everySetting, kafkaConnectionOf, kafkaSettings, loadConfig, pipelineSettings } from '@tidemark/config';
import { applyTopics, checkTopics, type TopicComparison, type TopicOptions } from '@tidemark/kafka';
import { Command } from 'commander';
import type { Environment } from '../terminal/environment.ts';
import { EXIT, helpAfter } from '../terminal/exit-codes.ts';
import { Failure } from '../terminal/failure.ts';
import { type CommandContext, runCommand } from '../terminal/run-command.ts';
import { diagnosticsOf } from './diagnostics-of.ts';

export function topicsCommand(context: CommandContext): Command {
  const apply = new Command('apply')
    .description('Create the topics that are missing, and set what the pipeline relies on. Repeat it at will.')
    .addHelpText('after', helpAfter('npx tidemark topics apply', 'TIDEMARK_LANES=24 npx tidemark topics apply'))
    .action(() => runCommand(context, runApply));
  const check = new Command('check')
    .description('Say how the topics differ from what they should be. Changes nothing; ends with 1 if they differ.')
    .addHelpText('after', helpAfter('npx tidemark topics check'))
    .action(() => runCommand(context, runCheck));
  return new Command('topics')
    .description('The topics in Kafka.')
    .addHelpText('after', DETAILS)
    .addCommand(apply)
    .addCommand(check);
}

const DETAILS = `
The environment names the brokers (TIDEMARK_KAFKA_BROKERS and what stands beside it in packages/config), the namespace
(TIDEMARK_NAMESPACE), the number of partitions (TIDEMARK_LANES) and the replicas of new topics
(TIDEMARK_KAFKA_REPLICATION_FACTOR; the brokers' default without it).`;

async function runApply(environment: Environment): Promise<number> {
  const { stdout } = environment;
  const { missing, changes, problems } = await applyTopics(readOptions(environment));
  refuse(problems);
  for (const { name, partitions } of missing) await stdout.line(`created ${name} with ${partitions} partitions`);
  for (const { topic, setting, from, to } of changes) await stdout.line(`set ${setting} of ${topic}: ${from} to ${to}`);
  if (missing.length + changes.length === 0) await stdout.line('All topics are as they should be.');
  return EXIT.ok;
}

async function runCheck(environment: Environment): Promise<number> {
  const found = describeDifferences(await checkTopics(readOptions(environment)));
  if (found.length > 0) throw new Failure('the topics are not as they should be:', EXIT.failed, found);
  await environment.stdout.line('All topics are as they should be.');
  return EXIT.ok;
}

function describeDifferences({ missing, changes, problems }: TopicComparison): readonly string[] {
  return [
    ...missing.map(({ name }) => `${name}: missing. Run \`tidemark topics apply\``),
    ...changes.map(
      ({ topic, setting, from, to }) =>
        `${topic}: expected ${setting} ${to}, found ${from}. Run \`tidemark topics apply\``,
    ),
    ...problems,
  ];
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new Failure('nothing was done:', EXIT.failed, problems);
}

function readOptions({ variables, stderr }: Environment): TopicOptions {
  const { pipeline, kafka } = loadConfig({ pipeline: pipelineSettings, kafka: kafkaSettings }, variables, everySetting);
  return {
    connection: kafkaConnectionOf(kafka),
    namespace: pipeline.namespace,
    lanes: pipeline.lanes,
    replicationFactor: kafka.replicationFactor,
    diagnostics: diagnosticsOf(stderr),
  };
}
