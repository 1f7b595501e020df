import { foldOf, stateNameOf } from '@tidemark/stream';
import type { ChangedPipeline } from '../location/opened-pipeline.ts';
import type { Upgrade } from './running.ts';

/** What the states of earlier versions are called that are still there. */
async function readOldStates(
  { log, store }: Pick<ChangedPipeline, 'log' | 'store'>,
  { name, version, firstVersion }: Upgrade['service'],
): Promise<readonly string[]> {
  const earlier = new Set(
    Array.from({ length: version - firstVersion }, (_, i) => stateNameOf(name, firstVersion + i, firstVersion)),
  );
  const found = new Set<string>();
  for (let lane = 0; lane < log.lanes; lane++) {
    for (const stateName of (await store.metas(lane)).keys()) {
      if (foldOf(stateName) === name && earlier.has(stateName)) found.add(stateName);
    }
  }
  return [...found];
}

type Finished = Pick<Upgrade, 'service' | 'pipeline' | 'environment' | 'signal'>;

/** Clears what earlier versions have stored, once nobody works on it; says how where it does not. */
export async function clearOld(upgrade: Finished, isAsked: boolean): Promise<void> {
  const { pipeline, service, environment } = upgrade;
  const { stdout } = environment;
  for (const stateName of await readOldStates(pipeline, service)) {
    if (!isAsked) {
      await stdout.line(
        `The state of the version before is still stored (${stateName}). The same command with --yes clears it.`,
      );
      continue;
    }
    const count = await untilGone(upgrade, stateName);
    if (count > 0) {
      await stdout.line(
        `The state of the version before is still stored (${stateName}), since ${count} processes work on it: stop them, and ` +
          'the same command with --yes clears it.',
      );
      continue;
    }
    for (let lane = 0; lane < pipeline.log.lanes; lane++) await pipeline.store.clear(stateName, lane);
    await stdout.line(`The state of the version before is cleared (${stateName}).`);
  }
}

/** Processes of the version before end by themselves. */
const GONE_WITHIN_MS = 15_000;
const POLL_MS = 500;

async function untilGone({ pipeline, environment: { clock }, signal }: Finished, stateName: string): Promise<number> {
  const untilMs = clock.elapsedMs() + GONE_WITHIN_MS;
  for (;;) {
    const count = await pipeline.members(stateName);
    if (count === 0 || signal.aborted || clock.elapsedMs() >= untilMs) return count;
    await clock.sleep(POLL_MS, signal);
  }
}
