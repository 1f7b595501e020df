// `npm run chaos [-- --minutes N] [--seed S] [--faults a,b]`: breaks a pipeline on real servers and compares what is left
// with a fold of its log. Exit code 1 if anything but repeats on the wire is found.

import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack } from '@tidemark/stack';
import { oneOf, readArguments, wholeNumber } from '../arguments.ts';
import { freePort, killAll } from '../stack/service-process.ts';
import { FAULT_NAMES } from './faults.ts';
import { describeReport, isGood } from './report.ts';
import { runChaos } from './run-chaos.ts';
import { stackOptions } from './set-up.ts';

const MINUTES_MAX = 24 * 60;
const SEED_MAX = 2 ** 31 - 1;
const USAGE = `npm run chaos -- [--minutes N] [--seed N] [--faults NAME,NAME]
  --minutes  how long it breaks things (2)
  --seed     of the load and of what is broken when (another each time)
  --faults   only these of ${FAULT_NAMES.join(', ')}`;

const text = { type: 'string' } as const;
const { minutes, seed, faults } = readArguments(USAGE, { minutes: text, seed: text, faults: text }, (values) => ({
  minutes: wholeNumber('minutes', values.minutes ?? '2', 1, MINUTES_MAX),
  seed: wholeNumber('seed', values.seed ?? String(Date.now() % 1_000_000), 0, SEED_MAX),
  faults: values.faults?.split(',').map((name) => oneOf('faults', name, FAULT_NAMES)) ?? FAULT_NAMES,
}));
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
