import { RAW_TOPICS } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import type { Headers, Lane, LogWriter, Offset } from '@tidemark/stream';
import { runbook } from '@tidemark/telemetry';
import { Failure } from '../terminal/failure.ts';
import { reasonOf } from '../up/await-lanes.ts';
import type { RawRecords } from '../up/raw-records.ts';
import { membersOf, startOf } from './beside.ts';
import { type LaneStand, readLaneStand, readNewPlace } from './lane-stand.ts';
import { named } from './plan.ts';
import { type Upgrade, waitUntil } from './running.ts';

/**
 * Writes the cutover to every lane that has none, and waits until the new version has passed it in all of them, having told
 * whoever differs. One that unify refused before, a build that did not know it, is written again. False where it was stopped.
 */
export async function cutOver(upgrade: Upgrade): Promise<boolean> {
  const { pipeline, service } = upgrade;
  const placed = new Map<Lane, Offset>();
  return waitUntil(upgrade, async () => {
    const waiting: { readonly lane: Lane; readonly isMerged: boolean }[] = [];
    for (let lane = 0; lane < pipeline.log.lanes; lane++) {
      const found = await lookAtLane(upgrade, placed, lane);
      if (found !== 'passed') waiting.push({ lane, isMerged: found === 'merged' });
    }
    if (waiting.length === 0) return null;
    const unmerged = waiting.filter(({ isMerged }) => !isMerged);
    if (unmerged.length > 0) return describeUnmerged(upgrade, unmerged);
    const advice =
      (await membersOf(upgrade)) === 0 ? `, and no process runs: start \`${startOf(service.name)}\` of this build` : '';
    return `The cutover is in every lane. Version ${service.version} of ${service.name} is to pass it in ${named(waiting)}${advice}.`;
  });
}

/** Writes a cutover where there is none. `placed`: those that were written by this run. */
async function lookAtLane(
  upgrade: Upgrade,
  placed: Map<Lane, Offset>,
  lane: Lane,
): Promise<'passed' | 'merged' | 'written'> {
  const { pipeline, raw, service } = upgrade;
  if ((await readNewPlace(pipeline, service, lane)).tells) return 'passed';
  const stand = await readLaneStand(pipeline, raw, service, lane);
  const own = stand.cutovers.findLast(({ facet, version }) => facet === service.name && version === service.version);
  if (own === undefined) {
    placed.set(lane, await writeCutover(upgrade, stand));
    return 'written';
  }
  if (own.offset >= stand.judged.next) return 'written';
  // Unify has judged it: whoever has folded all that was on the timeline after that has passed it, unless it was refused.
  const { end } = await pipeline.log.bounds('timeline', lane);
  const { next, tells } = await readNewPlace(pipeline, service, lane);
  if (tells) return 'passed';
  if (next < end) return 'merged';
  if (placed.get(lane) === own.offset) throw await refused(upgrade, lane, own.offset);
  placed.set(lane, await writeCutover(upgrade, stand));
  return 'written';
}

async function writeCutover(upgrade: Upgrade, { lane, judged }: LaneStand): Promise<Offset> {
  const { pipeline, raw, service, environment } = upgrade;
  const { time, headers } =
    judged.clock === 'event' ? await eventPlace(upgrade, lane) : { time: environment.clock.now(), headers: {} };
  const writer = await pipeline.log.writer();
  try {
    if (judged.clock === 'event') await bringPast(raw, writer, lane, time);
    const record = raw.encode('cutover', { facet: service.name, version: service.version, time }, headers);
    return (await writer.send('control', lane, [record])).baseOffset;
  } finally {
    await writer.close();
  }
}

/**
 * On the event clock time is what punctuations say, and a replay goes on from what the last record says of it: the cutover
 * stands at the time of the last one, with the words of the record before it.
 */
async function eventPlace({ raw }: Upgrade, lane: Lane): Promise<{ time: TimeMs; headers: Headers }> {
  const last = await raw.lastPunctuation('control', lane);
  if (last === null) throw new Error(`expected a punctuation in control, lane ${lane}, on the event clock, found none`);
  return last;
}

/** It is merged behind all that the other topics have of its time: they promise that nothing more comes. */
async function bringPast(raw: RawRecords, writer: LogWriter, lane: Lane, reached: TimeMs): Promise<void> {
  const time = (reached + 1) as TimeMs;
  for (const topic of OTHER_TOPICS) {
    const last = await raw.lastPunctuation(topic, lane);
    if (last !== null && last.time >= time) continue;
    await writer.send(topic, lane, [raw.encode('punctuation', { time, until: time }, last?.headers)]);
  }
}

const OTHER_TOPICS = RAW_TOPICS.filter((topic) => topic !== 'control');

/** A lane in the middle of a replay takes no cutover: what is to come before it is not there. Throws a `Failure`. */
export async function checkReplays({ raw, service }: Upgrade, lanes: readonly LaneStand[]): Promise<void> {
  for (const { lane, judged } of lanes) {
    if (judged.clock !== 'event') continue;
    for (const topic of RAW_TOPICS) {
      const last = await raw.lastPunctuation(topic, lane);
      if (last !== null && last.time === last.until) continue;
      throw new Failure(
        `expected a replay that was finished before ${service.name} is cut over, found ${topic} of lane ${lane} in the middle of ` +
          'it. Nothing was cut over. Start it again as before until it ends, then the same command',
      );
    }
  }
}

async function describeUnmerged({ pipeline }: Upgrade, lanes: readonly { readonly lane: Lane }[]): Promise<string> {
  const runs = pipeline.commitOutside === null || (await pipeline.members('unify')) > 0;
  return runs
    ? `Waiting: the cutover is written, and unify has not come to it in ${named(lanes)}.`
    : `Waiting: the cutover is written, and no process of unify runs on ${pipeline.location}: start it.`;
}

async function refused({ pipeline, service }: Upgrade, lane: Lane, offset: Offset): Promise<Failure> {
  return new Failure(
    `expected unify to take the cutover of ${service.name}, found that it refused it in lane ${lane}: ` +
      `${await reasonOf(pipeline.log, lane, offset)}. The version before goes on there. Run unify of this build ` +
      `(${runbook.deadLetter('unknown-schema')}), then the same command again`,
  );
}
