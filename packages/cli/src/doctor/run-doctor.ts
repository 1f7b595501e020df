import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { readServersAsked } from '../location/servers-asked.ts';
import type { Environment } from '../terminal/environment.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import type { Check } from './check.ts';
import { checkEnvironment, checkNode, checkPort } from './check-process.ts';
import type { DoctorOptions } from './command.ts';
import { type Examined, examineFolder } from './examine-folder.ts';

/** Where a pipeline answers over HTTP unless it is told otherwise. */
const PORT_DEFAULT = 8_080;

/** Looks at everything, prints a line for each check, and says whether one failed. */
export async function runDoctor(options: DoctorOptions, environment: Environment): Promise<number> {
  const { stdout, variables } = environment;
  const { check: environmentCheck, port } = checkEnvironment(variables);
  const { checks: found, isRunning } = await examine(options, environment);
  const checks = [
    checkNode(process.versions.node, enginesNode()),
    environmentCheck,
    checkPort(port ?? PORT_DEFAULT, await isPortFree(port ?? PORT_DEFAULT), isRunning),
    ...found,
  ];
  for (const check of checks) await stdout.line(options.json ? JSON.stringify(check) : formatCheck(check));
  return checks.some(({ status }) => status === 'fail') ? EXIT.failed : EXIT.ok;
}

async function examine(options: DoctorOptions, environment: Environment): Promise<Examined> {
  const servers = readServersAsked(options, environment.variables);
  if (servers === null) return examineFolder(options.data, environment.clock.now());
  // Whoever looks at a folder does not load the clients of Kafka and Redis.
  const { examineServers } = await import('./examine-servers.ts');
  return examineServers(servers, environment);
}

function formatCheck({ name, status, detail, advice }: Check): string {
  const found = advice ? `${asSentence(detail)} ${advice}` : detail;
  return `${status.padEnd(4)}  ${name.padEnd(NAME_WIDTH)}  ${found}`;
}

const NAME_WIDTH = 16;

function asSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** Which Node the repository asks for. */
function enginesNode(): string {
  const file = new URL('../../../../package.json', import.meta.url);
  const { engines } = JSON.parse(readFileSync(file, 'utf8')) as { readonly engines: { readonly node: string } };
  return engines.node;
}

async function isPortFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
