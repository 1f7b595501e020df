import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { topics } from '@tidemark/contracts';
import { type EmbeddedReader, readEmbedded } from '@tidemark/embedded';
import { OperatingError } from '@tidemark/stream';
import { Random } from '@tidemark/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { countOf, tierChangesOfLane } from './read-folder.ts';
import { firstDifference, readSettledState, type SettledState } from './settled-state.ts';
import { startUp, temporaryFolder, type UpProcess, type UpSummary } from './start-up.ts';

const SEED = 20_261_121;
/** Each costs a start. `KILLS=100` in the environment brings more. */
const KILLS = Number(process.env['KILLS'] ?? 6);
/** A kill comes when this share of all records of a whole run is in the log, seeded, from the first to the last. */
const SHARES = [0.02, 0.95] as const;
/** A look counts all records, beside a run that wants both cores. */
const POLL_MS = 20;
/** The sample of 2,357 customers. */
const OPTIONS = ['--sample'];

interface Run {
  readonly summary: UpSummary;
  readonly state: SettledState;
}

describe(`${KILLS} kills at moments of seed ${SEED}`, () => {
  const folder = temporaryFolder();
  let undisturbed: Run;
  let killed: Run;
  let kills = 0;

  beforeAll(async () => {
    const random = new Random(SEED);
    const undisturbedFolder = join(folder, 'undisturbed');
    undisturbed = await runToTheEnd(undisturbedFolder);
    const whole = await countRecords(undisturbedFolder);
    const killedFolder = join(folder, 'killed');
    const shares = Array.from({ length: KILLS }, () => SHARES[0] + random.next() * (SHARES[1] - SHARES[0]));
    for (const share of shares.sort((a, b) => a - b)) {
      if (await killAt(share * whole.all, killedFolder, whole.tierChanges)) kills += 1;
    }
    killed = await runToTheEnd(killedFolder);
    const { timeline, tierChanges } = killed.state.repeats;
    console.log(
      `${kills} kills; ${undisturbed.state.tierChanges.length} tier changes; ` +
        `repeats dropped from timeline/tier-changes: ${timeline}/${tierChanges}`,
    );
  });

  test('each hit a run in progress', () => {
    expect(kills).toBe(KILLS);
  });

  test('end in the tier changes of an undisturbed run, in content and order', () => {
    expect(undisturbed.state.tierChanges).not.toHaveLength(0);
    expect(firstDifference(undisturbed.state.tierChanges, killed.state.tierChanges)).toBeNull();
  });

  test('end in the facets of an undisturbed run', () => {
    expect(firstDifference(undisturbed.state.facets, killed.state.facets)).toBeNull();
  });

  test('leave every source row in the raw topics exactly once, in order', () => {
    expect(new Set(undisturbed.state.rawRecords).size).toBe(undisturbed.state.rawRecords.length);
    expect(firstDifference(undisturbed.state.rawRecords, killed.state.rawRecords)).toBeNull();
  });

  test('leave the timeline of an undisturbed run, once repeats are dropped by origin', () => {
    expect(undisturbed.state.repeats).toEqual({ timeline: 0, tierChanges: 0 });
    expect(firstDifference(undisturbed.state.timeline, killed.state.timeline)).toBeNull();
  });

  test('end in the same summary', () => {
    const countsOf = ({ summary }: Run) => {
      const { seconds: _, eventsPerSecond: __, peakMemoryMiB: ___, ...counts } = summary;
      return counts;
    };
    expect(countsOf(killed)).toEqual(countsOf(undisturbed));
  });
});

async function runToTheEnd(folder: string): Promise<Run> {
  const summary = await startUp(folder, ...OPTIONS).summary();
  return { summary, state: await readSettledState(folder) };
}

/**
 * Starts the run (again), and kills it once the log holds `records`, more than before it started. Whether it was in the
 * middle of its work: still running, and short of the tier changes of a whole run.
 */
async function killAt(records: number, folder: string, tierChangesOfWholeRun: number): Promise<boolean> {
  const before = existsSync(folder) ? (await countRecords(folder)).all : 0;
  const run = startUp(folder, ...OPTIONS);
  await waitForRecords(Math.max(records, before), folder, run);
  const wasRunning = await run.kill();
  return wasRunning && (await countRecords(folder)).tierChanges < tierChangesOfWholeRun;
}

/** Resolves once there are more than `records`, or the run has ended. */
async function waitForRecords(records: number, folder: string, run: UpProcess): Promise<void> {
  for (let isReached = false; !isReached && !run.hasEnded(); await sleep(POLL_MS)) {
    try {
      isReached = await readEmbedded(folder, async (reader) => {
        // A folder that is just being made has no topics yet, nor does what reads it ever see any.
        if (reader.topics.length < topics.length) return false;
        while ((await countAll(reader)) <= records && !run.hasEnded()) await sleep(POLL_MS);
        return true;
      });
    } catch (error) {
      // The run has not made the folder yet.
      if (!(error instanceof OperatingError)) throw error;
    }
  }
}

async function countAll(reader: EmbeddedReader): Promise<number> {
  let records = 0;
  for (const topic of reader.topics) records += await countOf(reader, topic);
  return records;
}

async function countRecords(folder: string): Promise<{ readonly all: number; readonly tierChanges: number }> {
  return readEmbedded(folder, async (reader) => ({
    all: await countAll(reader),
    tierChanges: await countTierChanges(reader),
  }));
}

/** Without repeats, of which a fold that was killed may publish thousands. */
async function countTierChanges(reader: EmbeddedReader): Promise<number> {
  let count = 0;
  for (let lane = 0; lane < reader.log.lanes; lane++) count += (await tierChangesOfLane(reader, lane)).changes.length;
  return count;
}
