// `npm run chaos [-- --minutes N] [--seed S] [--faults a,b]`: breaks a pipeline on real servers and compares what is left
// with a fold of its log. Exit code 1 if anything but repeats on the wire is found.

import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startStack } from '@tidemark/stack';
import { freePort, killAll } from '../stack/service-process.ts';
import { FAULT_NAMES, type FaultName } from './faults.ts';
import { describeReport, isGood } from './report.ts';
import { runChaos } from './run-chaos.ts';
import { stackOptions } from './set-up.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    faults: { type: 'string', default: FAULT_NAMES.join(',') },
  },
});
const minutes = numberOf('minutes', values.minutes, 24 * 60);
const seed = numberOf('seed', values.seed, 2 ** 31);
const faults = values.faults.split(',').map(faultOf);
const folder = join(tmpdir(), `tidemark-chaos-${seed}-${process.pid}`);
const log = (line: string) => console.log(line);

// The servers end with this process; the services would not.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void killAll().then(() => process.exit(1)));

const kafkaProxyPort = await freePort();
const servers = ['kafka', 'redis', 'registry'] as const;
const stack = await startStack({ servers, variables: process.env, log, ...stackOptions(kafkaProxyPort) });
try {
  const report = await runChaos({ stack, kafkaProxyPort, seed, minutes, faults, folder, log });
  for (const line of describeReport(report)) log(line);
  if (isGood(report)) rmSync(folder, { recursive: true, force: true });
  else log(`FAILED, seed ${seed}: services' logs, topics and Redis's files are in ${folder}`);
  process.exitCode = isGood(report) ? 0 : 1;
} catch (error) {
  log(`FAILED, seed ${seed}: services' logs are in ${folder}`);
  throw error;
} finally {
  await stack.stop();
}

function numberOf(name: string, text: string, max: number): number {
  const value = Number(text);
  if (text !== '' && value >= 0 && value <= max) return value;
  console.error(`--${name}: expected a number from 0 to ${max}, found ${text}`);
  process.exit(2);
}

function faultOf(name: string): FaultName {
  const fault = FAULT_NAMES.find((known) => known === name);
  if (fault !== undefined) return fault;
  console.error(`--faults: expected some of ${FAULT_NAMES.join(', ')}, found ${name}`);
  process.exit(2);
}
