import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { KAFKA_SETTINGS, listenerSettings } from '../kafka-settings.ts';
import { isKafkaReady } from '../ready.ts';
import type { ServerName, StackOptions } from '../servers.ts';
import { fetchJars } from './downloads.ts';
import { findJava } from './java.ts';
import { runProgram } from './run-program.ts';
import type { ServerCommand } from './server-process.ts';

/** The broker's partitions, in its folder. */
export const KAFKA_DATA = 'data';
const HOST = '127.0.0.1';
/** One broker with few partitions: small, and quick to start. */
const JVM_ARGUMENTS = ['-XX:+UseSerialGC', '-Xms64m', '-Xmx384m', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'];

/** One KRaft node that is broker and controller, on an empty, formatted folder. */
export async function kafkaCommand(
  folder: string,
  { variables, log, kafkaSettings, kafkaSecurity }: StackOptions<ServerName>,
): Promise<{ readonly command: ServerCommand; readonly address: string; readonly securedAddress: string | null }> {
  const java = await findJava(variables);
  const jars = await fetchJars('kafka', variables, log);
  const [plain, secured, controller] = [await freePort(), await freePort(), await freePort()];
  const settings = {
    ...KAFKA_SETTINGS,
    'controller.quorum.voters': `1@${HOST}:${controller}`,
    ...listenerSettings({
      inside: { host: HOST, plain, secured, controller },
      outside: { host: HOST, plain, secured },
      security: kafkaSecurity,
    }),
    'log.dirs': join(folder, KAFKA_DATA),
    ...kafkaSettings,
  };
  const settingsFile = join(folder, 'server.properties');
  writeFileSync(settingsFile, Object.entries(settings).map(asProperty).join(''));
  const jvm = [...JVM_ARGUMENTS, '-cp', join(jars, '*')];
  await format([...jvm, 'kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', settingsFile], java, variables);
  const isReady = (): Promise<boolean> => isKafkaReady(HOST, plain);
  const command = {
    name: 'kafka',
    program: java,
    args: [...jvm, 'kafka.Kafka', settingsFile],
    folder,
    isReady,
  } as const;
  const securedAddress = kafkaSecurity === undefined ? null : `${HOST}:${secured}`;
  return { command, address: `${HOST}:${plain}`, securedAddress };
}

/** A line break in a value, as PEM has them, would end it. */
function asProperty([name, value]: readonly [string, string]): string {
  return `${name}=${value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n`;
}

/** Kafka's own form of a UUID; any will do, since clusters of stacks never meet. */
const CLUSTER_ID = 'dGlkZW1hcmstc3RhY2stMQ';

async function format(args: readonly string[], java: string, variables: StackOptions<ServerName>['variables']) {
  const { exitCode, output } = await runProgram(java, args, variables);
  if (exitCode !== 0) throw new Error(`Kafka's folder could not be formatted:\n${output.slice(-2_000)}`);
}
