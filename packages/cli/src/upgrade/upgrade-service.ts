import { type FoldService, foldServices } from '@tidemark/pipeline';
import { type ChangedPipeline, changePipeline } from '../location/opened-pipeline.ts';
import { locationArguments } from '../location/options.ts';
import { type Environment, stopSignalOf } from '../terminal/environment.ts';
import { EXIT, exitCodeOf } from '../terminal/exit-codes.ts';
import { Failure } from '../terminal/failure.ts';
import { quoteForShell } from '../terminal/format.ts';
import { RawRecords } from '../up/raw-records.ts';
import { abortUpgrade } from './abort.ts';
import { foldBeside } from './beside.ts';
import type { UpgradeOptions } from './command.ts';
import { compareVersions, describeComparison, needsYes } from './compare.ts';
import { checkReplays, cutOver } from './cut.ts';
import { clearOld } from './finish.ts';
import { type LaneStand, readLaneStand } from './lane-stand.ts';
import { checkUpgrade, describeForce, newestOf } from './plan.ts';
import { type Upgrade, whileRunning } from './running.ts';

/** Lets this build's version of a fold take over; what an earlier run of the command has done is gone on with. */
export async function upgradeService(options: UpgradeOptions, environment: Environment): Promise<number> {
  const service = serviceNamed(options.service);
  return changePipeline(options, environment, async (pipeline) => {
    const raw = new RawRecords(pipeline.log, await pipeline.schemaIds());
    const lanes = await readStands(pipeline, raw, service);
    if (lanes.every(({ inForce }) => inForce === service.version)) {
      if (options.abort)
        throw new Failure(`expected an upgrade of ${service.name} under way, found none. Nothing was changed.`);
      await environment.stdout.line(
        `Version ${service.version} of ${service.name} is in force in every lane: nothing to upgrade.`,
      );
      await clearOld({ service, pipeline, environment, signal: environment.stop }, options.yes);
      return EXIT.ok;
    }
    if (options.abort) return abortUpgrade({ pipeline, service, environment }, lanes);
    await checkUpgrade(pipeline, service, lanes);
    await environment.stdout.line(
      `${service.name}: ${describeForce(lanes)}; this build has version ${service.version}, which folds beside first.`,
    );
    return whileRunning(pipeline, environment, service, (running) =>
      takeOver({ service, pipeline, raw, environment, ...running }, options, lanes),
    );
  });
}

async function takeOver(upgrade: Upgrade, options: UpgradeOptions, lanes: readonly LaneStand[]): Promise<number> {
  const { service, pipeline, environment } = upgrade;
  const { stdout } = environment;
  const { name, version, changeTopic } = service;
  if (!(await foldBeside(upgrade))) return stopped(environment, options);
  await stdout.line(`It is within a second of every lane's end.`);
  // Once some lane is cut there is nothing to decide any more.
  const isCut = lanes.some(({ inForce, cutovers }) => inForce >= version || newestOf(cutovers, name) >= version);
  if (changeTopic !== null && !isCut) {
    const comparison = await compareVersions(pipeline, service);
    for (const line of describeComparison(service, comparison)) await stdout.line(line);
    if (!options.dryRun && !options.yes && needsYes(comparison)) {
      throw new Failure(
        'expected --yes, since more than 5 % of the customers would change, found it missing. Nothing was cut over. Say --yes to do it, or ' +
          '--abort to give it up.',
      );
    }
  }
  if (options.dryRun) {
    await stdout.line(
      isCut
        ? `The cutover to version ${version} stands in some lanes already: the same command without --dry-run goes on.`
        : 'Nothing was cut over. The same command without --dry-run does it, --abort gives it up.',
    );
    return EXIT.ok;
  }
  await checkReplays(upgrade, lanes);
  if (!(await cutOver(upgrade))) return stopped(environment, options);
  await stdout.line(`Version ${version} of ${name} is in force in every lane.`);
  await clearOld(upgrade, options.yes);
  return EXIT.ok;
}

async function stopped(environment: Environment, options: UpgradeOptions): Promise<number> {
  const signal = stopSignalOf(environment);
  // What has failed is told by whoever runs it.
  if (signal === null) return EXIT.failed;
  const command = `npx tidemark upgrade --service ${options.service}${locationArguments(options, quoteForShell)}`;
  await environment.stderr.line(`Stopped half-way. The same command goes on: ${command}`);
  return exitCodeOf(signal);
}

async function readStands(
  pipeline: ChangedPipeline,
  raw: RawRecords,
  service: FoldService,
): Promise<readonly LaneStand[]> {
  const lanes: LaneStand[] = [];
  for (let lane = 0; lane < pipeline.log.lanes; lane++) lanes.push(await readLaneStand(pipeline, raw, service, lane));
  return lanes;
}

function serviceNamed(name: string): FoldService {
  const found = foldServices.find((service) => service.name === name);
  if (found !== undefined) return found;
  const names = foldServices.map((service) => service.name).join(', ');
  throw new Failure(`expected a service with versions of its own (${names}), found ${name}.`, EXIT.usage);
}
