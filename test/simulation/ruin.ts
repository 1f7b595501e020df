import { RAW_TOPICS, readTimelineHeaders, timelineFormatOf, timelineHeaders } from '@tidemark/contracts';
import { scoreNames, type TimeMs } from '@tidemark/domain';
import { scores } from '@tidemark/pipeline';
import type { Committed, FaultCode, LogRecord, NewRecord, Topic } from '@tidemark/stream';
import type { Random } from '@tidemark/testkit';
import { FOLD_SERVICES, type LaneFault } from './deployment.ts';
import type { Nemesis } from './nemesis.ts';
import type { FoldName } from './upgrades.ts';
import type { World } from './world.ts';

/**
 * What no pipeline can mend: a topic's lane loses records, or holds others. Its beginning goes (`truncated`), its end
 * (`cut`), all (`emptied`), or it is made anew with other content while nobody looks (`rewritten`).
 */
export interface Ruin {
  readonly topic: string;
  readonly lane: number;
  readonly how: 'truncated' | 'cut' | 'emptied' | 'rewritten';
  /** Folds that are switched on later, on a timeline that was made anew: they cannot know, and say what it says. */
  readonly beginLater?: readonly FoldName[];
}

const CHANGE_TOPICS = scoreNames.map((name) => scores[name].changeTopic as string);

/** Codes with which a lane may stop once its log is ruined. */
const CODES: ReadonlySet<FaultCode> = new Set([
  'place-outside-log',
  'record-changed',
  'state-missing',
  'output-skipped',
]);

/** Ruins one lane of one topic; null where there is nothing yet whose loss could be known. */
export function ruinLog(random: Random, world: World, nemesis: Nemesis): Ruin | null {
  const { log, simulation } = world;
  const lane = random.between(0, log.lanes - 1);
  const topic = random.weighted({ timeline: 4, changes: 4, raw: 2 });
  const ruin = { timeline: ruinTimeline, changes: ruinChanges, raw: ruinRaw }[topic](random, world, nemesis, lane);
  if (ruin !== null)
    simulation.count(`log ${ruin.how}`, () => `${ruin.topic}/${lane}, ${JSON.stringify(log.bounds(ruin.topic, lane))}`);
  return ruin;
}

/** Whether a lane may stop like this: it is the ruined one, and says so. */
export function isExcused(ruin: Ruin | null, { lane, fault }: LaneFault): boolean {
  return ruin !== null && ruin.lane === lane && CODES.has(fault.code);
}

function ruinTimeline(random: Random, world: World, nemesis: Nemesis, lane: number): Ruin | null {
  const { log, store } = world;
  const topic = 'timeline';
  const { end } = log.bounds(topic, lane);
  const how = random.pick(['truncated', 'cut', 'emptied', 'rewritten'] as const);
  if (how === 'truncated') {
    log.truncate(topic, lane, random.between(1, Math.max(1, end)));
    return { topic, lane, how };
  }
  // What unify has not yet committed it may write again, and otherwise: only beyond that is a loss known to be one.
  const known = timelineKnownToUnify(world, lane);
  if (known < 1) return null;
  if (how !== 'rewritten') {
    log.cut(topic, lane, how === 'emptied' ? 0 : random.between(0, known - 1));
    // An older commit that comes now would take the only note of what is lost with it.
    log.group('unify').admitOnly(lane, (places) => timelineEndIn(places) >= known);
    return { topic, lane, how };
  }
  // What is left has to stay, to be told that the log is another.
  const beginLater = FOLD_SERVICES.filter((service) => store.snapshot(service, lane) === null);
  if (store.hasLosses(lane) || beginLater.some((service) => world.deployment.isOn(service))) return null;
  nemesis.spareState();
  nemesis.crashAll();
  const records = log.records(topic, lane);
  log.cut(topic, lane, 0);
  log.append(topic, lane, records.map(otherRecord));
  return { topic, lane, how, beginLater };
}

function ruinChanges(random: Random, { log }: World, _nemesis: Nemesis, lane: number): Ruin | null {
  const topic = random.pick(CHANGE_TOPICS);
  const { end } = log.bounds(topic, lane);
  if (end === 0) return null;
  const how = random.pick(['truncated', 'cut', 'emptied'] as const);
  if (how === 'truncated') log.truncate(topic, lane, random.between(1, end));
  else log.cut(topic, lane, how === 'emptied' ? 0 : end - random.between(1, Math.min(end, CHANGES_CUT_MAX)));
  return { topic, lane, how };
}

/** So few that some of them have not been read by whom they are for. */
const CHANGES_CUT_MAX = 6;

function ruinRaw(random: Random, { log }: World, _nemesis: Nemesis, lane: number): Ruin | null {
  const topic = random.pick(RAW_TOPICS);
  const place = log.group('unify').committed(lane).get(topic)?.offset ?? 0;
  const { end } = log.bounds(topic, lane);
  const how = random.pick(['truncated', 'cut', 'emptied'] as const);
  if (how === 'truncated' ? place >= end : place === 0) return null;
  if (how === 'truncated') {
    log.truncate(topic, lane, random.between(place + 1, end));
    return { topic, lane, how };
  }
  log.cut(topic, lane, how === 'emptied' ? 0 : random.between(0, place - 1));
  log.group('unify').admitOnly(lane, (places) => (places.get(topic)?.offset ?? place) >= place);
  return { topic, lane, how };
}

/** The timeline's end as of unify's last commit. */
function timelineKnownToUnify({ log }: World, lane: number): number {
  return timelineEndIn(log.group('unify').committed(lane));
}

function timelineEndIn(places: ReadonlyMap<Topic, Committed>): number {
  const metadata = places.get('control')?.metadata ?? '';
  return metadata === '' ? 0 : ((JSON.parse(metadata) as { timelineEnd?: number }).timelineEnd ?? 0);
}

/** The same at another time: what a lane made anew from the same producers would hold. */
function otherRecord({ key, value, headers }: NewRecord): NewRecord {
  const { schema, ...read } = readTimelineHeaders(headers);
  const later = { ...read, logTime: (read.logTime + 1) as TimeMs };
  return { key, value, headers: timelineHeaders(later, schema, timelineFormatOf(headers)) };
}

/** The timeline that the lane's services have folded: with what was cut off, without what took its place. */
export function trueTimeline({ log, ruin }: World, lane: number): readonly LogRecord[] {
  const records = log.records('timeline', lane);
  if (ruin === null || ruin.topic !== 'timeline' || ruin.lane !== lane || ruin.how === 'truncated') return records;
  const lost = log.lost('timeline', lane);
  return ruin.how === 'rewritten' ? lost : [...records.slice(0, lost[0]?.offset), ...lost];
}
