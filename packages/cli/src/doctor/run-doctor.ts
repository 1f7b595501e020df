import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { topics } from '@tidemark/contracts';
import { type EmbeddedReader, isEmbeddedHeld, openEmbeddedReader } from '@tidemark/embedded';
import { OperatingError } from '@tidemark/stream';
import type { Environment } from '../terminal/environment.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import type { Check } from './check.ts';
import { checkFolder, checkFreeSpace, checkHolder } from './check-folder.ts';
import { checkClocks, checkFaults, checkLag } from './check-lanes.ts';
import { checkDeadLetters, checkLanes, checkTopics } from './check-log.ts';
import { checkPolicyNumbers, checkPolicyParses } from './check-policy.ts';
import { checkEnvironment, checkNode, checkPort } from './check-process.ts';
import type { DoctorOptions } from './command.ts';
import type { LaneFacts } from './lane-facts.ts';
import { readDeadLetters, readLaneFacts } from './read-facts.ts';

/** Where a pipeline answers over HTTP unless it is told otherwise. */
const PORT_DEFAULT = 8_080;

/** Looks at everything, prints a line for each check, and says whether one failed. */
export async function runDoctor({ data, json }: DoctorOptions, environment: Environment): Promise<number> {
  const { stdout, variables } = environment;
  const isHeld = existsSync(data) && isEmbeddedHeld(data);
  const { check: environmentCheck, port } = checkEnvironment(variables);
  const checks = [
    checkNode(process.versions.node, enginesNode()),
    environmentCheck,
    checkPort(port ?? PORT_DEFAULT, await isPortFree(port ?? PORT_DEFAULT), isHeld),
    ...(await checkData(data, isHeld)),
  ];
  for (const check of checks) await stdout.line(json ? JSON.stringify(check) : formatCheck(check));
  return checks.some(({ status }) => status === 'fail') ? EXIT.failed : EXIT.ok;
}

async function checkData(folder: string, isHeld: boolean): Promise<readonly Check[]> {
  let reader: EmbeddedReader;
  try {
    reader = openEmbeddedReader(folder);
  } catch (error) {
    if (error instanceof OperatingError) return [checkFolder(folder, error)];
    throw error;
  }
  try {
    const { bavail, bsize } = statfsSync(folder);
    const checks = [checkFolder(folder, null), checkHolder(isHeld), checkFreeSpace(bavail * bsize)];
    return [...checks, ...(await checkLog(reader, isHeld))];
  } finally {
    reader.close();
  }
}

async function checkLog(reader: EmbeddedReader, isHeld: boolean): Promise<readonly Check[]> {
  const { log } = reader;
  const topicsCheck = checkTopics(
    topics.map(({ name }) => name),
    reader.topics,
  );
  const checks = [checkLanes(log.lanes), topicsCheck];
  // What a topic would say cannot be asked where it is missing.
  if (topicsCheck.status === 'fail') return checks;
  const lanes: LaneFacts[] = [];
  for (let lane = 0; lane < log.lanes; lane++) lanes.push(await readLaneFacts(reader, lane));
  const { byReason, looked } = await readDeadLetters(log);
  return [
    ...checks,
    checkPolicyParses(lanes),
    checkPolicyNumbers(lanes),
    checkClocks(lanes),
    ...checkLag(lanes, isHeld),
    ...checkFaults(lanes),
    checkDeadLetters(byReason, looked),
  ];
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
