import { ContractError, RAW_RECORD_TYPES, schemas } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import type { TopicComparison } from '@tidemark/kafka';
import { foldServices } from '@tidemark/pipeline';
import type { ServiceSettings } from '@tidemark/runtime';
import { compareLayout } from '@tidemark/runtime/remote';
import { OperatingError } from '@tidemark/stream';
import { readServicesOn } from '../folds/services-on.ts';
import { connect, locationOf } from '../location/open-servers.ts';
import type { ChangedPipeline } from '../location/opened-pipeline.ts';
import type { Environment } from '../terminal/environment.ts';
import { diagnosticsOf } from '../topics/diagnostics-of.ts';
import type { Check } from './check.ts';
import { checkLanes } from './check-log.ts';
import {
  checkKafka,
  checkMembers,
  checkRedis,
  checkRegistry,
  checkServerTopics,
  type MissingSchema,
} from './check-servers.ts';
import type { Examined } from './examine-folder.ts';
import { examinePipeline } from './examine-pipeline.ts';

/** Looks at the servers, as far as they answer. */
export async function examineServers(settings: ServiceSettings, environment: Environment): Promise<Examined> {
  const compared = await attempt(() => compareLayout(settings, diagnosticsOf(environment.stderr)));
  if (compared.error !== null) return { checks: [checkKafka(locationOf(settings), compared.error)], isRunning: false };
  const topics = checkServerTopics(compared.result);
  const checks = [checkKafka(locationOf(settings), null), checkLanes(settings.lanes), topics];
  // The state of a namespace that there is not would be made by looking for it.
  if (!isThere(compared.result)) return { checks, isRunning: false };
  const warnings: string[] = [];
  const connected = await attempt(() => connect(settings, environment, (warning) => warnings.push(warning)));
  checks.push(checkRedis(connected.error, warnings));
  if (connected.error !== null) return { checks, isRunning: false };
  return examineOpened(connected.result, checks, environment.clock.now());
}

async function examineOpened(pipeline: ChangedPipeline, before: readonly Check[], now: TimeMs): Promise<Examined> {
  try {
    const members = new Map<string, number>();
    for (const [service, group] of GROUPS) members.set(service, await pipeline.members(group));
    const on = await readServicesOn(pipeline);
    const checks = [
      ...before,
      await examineRegistry(pipeline),
      checkMembers(members, new Set(['unify', ...Array.from(on, ({ name }) => name)])),
      ...(await examinePipeline(pipeline, on, (service) => members.get(service) ?? 0, START_SERVICE, now)),
    ];
    return { checks, isRunning: [...members.values()].some((count) => count > 0) };
  } finally {
    await pipeline.close();
  }
}

const GROUPS: readonly (readonly [service: string, group: string])[] = [
  ['unify', 'unify'],
  ...foldServices.map(({ name, stateName }) => [name, stateName] as const),
];
const START_SERVICE = 'Start its service to catch up.';

async function examineRegistry({ schemaIds }: ChangedPipeline): Promise<Check> {
  try {
    const ids = await schemaIds();
    const ours = RAW_RECORD_TYPES.flatMap((recordType) =>
      schemas[recordType].map(({ version }): MissingSchema => ({ recordType, version })),
    );
    return checkRegistry(ours.filter((one) => ids.idOf(one.recordType, one.version) === undefined));
  } catch (error) {
    if (error instanceof ContractError) return checkRegistry(error);
    throw error;
  }
}

function isThere({ missing, problems }: TopicComparison): boolean {
  return missing.length === 0 && problems.length === 0;
}

type Attempt<Result> = { readonly result: Result; readonly error: null } | { readonly error: OperatingError };

async function attempt<Result>(work: () => Promise<Result>): Promise<Attempt<Result>> {
  try {
    return { result: await work(), error: null };
  } catch (error) {
    if (error instanceof OperatingError) return { error };
    throw error;
  }
}
