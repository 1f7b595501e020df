import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { facetNames } from '@tidemark/domain';
import { Random } from '@tidemark/testkit';
import { killAll } from '../stack/service-process.ts';
import { AppendOnlyFile } from './append-only-file.ts';
import { checkPipeline } from './check/check-pipeline.ts';
import { dumpRun } from './dump-run.ts';
import type { Battlefield, FaultName } from './faults.ts';
import { Fleet } from './fleet.ts';
import { Lag } from './lag.ts';
import { Load } from './load.ts';
import { unleash } from './nemesis.ts';
import { type ChaosReport, describeFault, isGood } from './report.ts';
import {
  type Access,
  type ChaosStack,
  layOut,
  NAMESPACE,
  openAccess,
  openProxies,
  SESSION_TIMEOUT_MS,
} from './set-up.ts';

export interface ChaosOptions {
  /** Started with `stackOptions` of the same port. */
  readonly stack: ChaosStack;
  readonly kafkaProxyPort: number;
  readonly seed: number;
  /** Faults come for so long, and until a round of all kinds is whole. */
  readonly minutes: number;
  readonly faults: readonly FaultName[];
  /** Gets each service's output and, of a run that is not good, all topics, the state and the report. */
  readonly folder: string;
  readonly log: (line: string) => void;
}

/** Customers whose events come this fast: each has a few in flight at any time, and the machine has room for the rest. */
export const CUSTOMERS = 120;
const EVENTS_PER_SECOND = 120;
/** Several of a request to Kafka that is given up after 15 s may follow one another. */
const RECOVERY_MS_MAX = 120_000;
const PROCESSES: Readonly<Record<string, number>> = {
  ...Object.fromEntries(facetNames.map((name) => [name, 1])),
  ...{ unify: 2, rfm: 2, tier: 2, query: 1 },
};

/** Breaks a pipeline on real servers under load, lets it recover, and compares all of it with a fold of its log. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { stack, kafkaProxyPort, folder } = options;
  mkdirSync(folder, { recursive: true });
  const proxies = await openProxies(stack, kafkaProxyPort);
  const variables = await layOut(stack, proxies);
  const access = await openAccess(stack);
  const [, redisFolder = ''] = (await access.redis.config('GET', 'dir')) as string[];
  const appendOnlyFile = new AppendOnlyFile(redisFolder);
  const fleet = new Fleet(PROCESSES, variables, folder);
  try {
    const { redis } = access;
    const field = { stack, fleet, proxies, redis, appendOnlyFile, sessionTimeoutMs: SESSION_TIMEOUT_MS };
    const url = `http://127.0.0.1:${variables['TIDEMARK_QUERY_PORT']}`;
    const report = await breakAndCheck(options, field, access, url);
    if (!isGood(report)) await dumpRun(report, access.log, redisFolder, folder);
    return report;
  } finally {
    appendOnlyFile.close();
    fleet.giveUp();
    await killAll();
    await access.close();
    await Promise.all(Object.values(proxies).map((proxy) => proxy.close()));
  }
}

async function breakAndCheck(
  { seed, minutes, faults, log }: ChaosOptions,
  field: Battlefield,
  access: Access,
  url: string,
): Promise<ChaosReport> {
  const random = new Random(seed);
  const { fleet } = field;
  const load = new Load({ ...access, url, customers: CUSTOMERS, eventsPerSecond: EVENTS_PER_SECOND }, random.fork());
  const lag = new Lag({ ...access, namespace: NAMESPACE, lanes: access.log.lanes });
  const stuck: string[] = [];
  const recover = async () => {
    const tookMs = await lag.caughtUp(load.ledger.ends, RECOVERY_MS_MAX);
    if (tookMs === null) stuck.push(...(await describeStuck(fleet, lag)));
    return tookMs;
  };
  await fleet.startAll();
  load.start();
  log(`seed ${seed}: ${fleet.members.length} processes, ${EVENTS_PER_SECOND} events a second`);
  const endsAt = performance.now() + minutes * 60_000;
  const records = await unleash(field, random.fork(), {
    names: faults,
    isOver: () => performance.now() > endsAt,
    recover,
    onFault: (record) => log(describeFault(record)),
  });
  log('no more faults: waiting for what is left');
  await load.stop(RECOVERY_MS_MAX);
  const lastRecoveryMs = await recover();
  await fleet.stop(({ service }) => service === 'unify');
  if ((await lag.foldedWhole(RECOVERY_MS_MAX)) === null) stuck.push(...(await describeStuck(fleet, lag)));
  await fleet.stop(() => true);
  log('comparing all of it with a fold of the log');
  const findings = await checkPipeline(
    { ...access, clock: { sleep: (ms) => sleep<void>(ms) } },
    access.schemaIds,
    load.ledger,
  );
  return { seed, ledger: load.ledger, records, lastRecoveryMs, findings, stuck, selfEnded: fleet.selfEnded };
}

async function describeStuck(fleet: Fleet, lag: Lag): Promise<string[]> {
  const behind = await lag.describe().catch((error: Error) => [`how far it is cannot be told: ${error.message}`]);
  return [`expected all to be folded within ${RECOVERY_MS_MAX} ms`, ...behind, ...(await fleet.complaints())];
}
