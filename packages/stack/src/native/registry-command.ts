import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { isHttpReady } from '../ready.ts';
import type { ServerName, StackOptions } from '../servers.ts';
import { fetchJars } from './downloads.ts';
import { findJava } from './java.ts';
import type { ServerCommand } from './server-process.ts';

const HOST = '127.0.0.1';

/** Apicurio Registry, which speaks Confluent's API. Schemas live in its memory. */
export async function registryCommand(
  folder: string,
  { variables, log }: StackOptions<ServerName>,
): Promise<{ readonly command: ServerCommand; readonly address: string }> {
  const java = await findJava(variables);
  const jars = await fetchJars('registry', variables, log);
  const runner = readdirSync(jars).find((file) => file.endsWith('-runner.jar'));
  if (runner === undefined) throw new Error(`expected a -runner.jar in ${jars}; remove the folder and try again`);
  const port = await freePort();
  const address = `http://${HOST}:${port}/apis/ccompat/v7`;
  const command: ServerCommand = {
    name: 'registry',
    program: java,
    args: ['-XX:+UseSerialGC', '-Xmx192m', '-jar', join(jars, runner)],
    variables: { QUARKUS_HTTP_HOST: HOST, QUARKUS_HTTP_PORT: String(port), QUARKUS_LOG_LEVEL: 'WARN' },
    folder,
    isReady: () => isHttpReady(`${address}/subjects`),
  };
  return { command, address };
}
