import {
  codecs,
  originText,
  RAW_TOPICS,
  readTimelineHeaders,
  TIMELINE_FORMAT,
  timelineFormatOf,
} from '@tidemark/contracts';
import { MINUTE_MS } from '@tidemark/domain';
import type { LogRecord } from '@tidemark/stream';
import type { RawWrite } from '../raw-write.ts';
import { type World, writtenTo } from '../world.ts';

export type TimelineEntry = ReturnType<typeof readTimelineHeaders> & { readonly record: LogRecord };

/** A lane's timeline as folds take it: records whose origin, or a later one of its topic, came before are dropped. */
export function timelineOf(world: World, lane: number): TimelineEntry[] {
  const seen = new Map<string, number>();
  const entries: TimelineEntry[] = [];
  for (const record of world.log.records('timeline', lane)) {
    const headers = readTimelineHeaders(record.headers);
    const { origin } = headers;
    if (origin !== null && origin.offset <= (seen.get(origin.topic) ?? -1)) {
      world.simulation.count('timeline repeats');
      continue;
    }
    if (origin !== null) seen.set(origin.topic, origin.offset);
    entries.push({ ...headers, record });
  }
  return entries;
}

/** The clock of a machine that is this far ahead of the log's must not move a lane's. */
const AHEAD_MS_MAX = 5 * MINUTE_MS;

/** No record of a live lane says a time that the log had not nearly reached by then: its clock may have been set back. */
export function checkLogTimes(world: World, lane: number): string[] {
  // What is made anew was appended again, later and by other clocks.
  if (world.ruin?.how === 'rewritten' && world.ruin.lane === lane) return [];
  let reachedMs = 0;
  return timelineOf(world, lane).flatMap(({ clock, logTime, record: { offset, appendedAtMs } }) => {
    reachedMs = Math.max(reachedMs, appendedAtMs);
    if (clock !== 'live' || logTime <= reachedMs + AHEAD_MS_MAX) return [];
    return [`timeline, lane ${lane}, offset ${offset}: log time ${logTime} although appended at ${appendedAtMs}`];
  });
}

/** Whoever has a lane whose time is ahead of a clock that was mended has said so. (What an owner of before sends late they need not know.) */
export function checkAheadSaid(world: World, lane: number): string[] {
  const { simulation, deployment } = world;
  const isAhead = deployment.unifyLanes(lane).some(({ isAcquired, clock, logTime }) => {
    return isAcquired && clock === 'live' && logTime > simulation.wall + AHEAD_MS_MAX;
  });
  return isAhead && !deployment.saidAhead.has(lane)
    ? [`lane ${lane} is ahead of the wall clock, and unify said nothing`]
    : [];
}

/** Before every cutover stands a tick of the same time, so that the version that ends there has told what was due. */
export function checkCutovers(world: World, lane: number): string[] {
  const records = world.log.records('timeline', lane);
  return records.flatMap((record, i) => {
    const { type, logTime } = readTimelineHeaders(record.headers);
    const before = records[i - 1];
    if (type !== 'cutover') return [];
    const tick = before === undefined ? null : readTimelineHeaders(before.headers);
    return tick?.type === 'tick' && tick.logTime === logTime
      ? []
      : [
          `timeline, lane ${lane}, offset ${record.offset}: expected a tick of ${logTime} before the cutover, found ${tick?.type} of ${tick?.logTime}`,
        ];
  });
}

/**
 * A lane that an earlier build began goes on in its format until a control record, and then in the newest; any other is in that
 * from its first record. What an owner of before sends late may come behind.
 */
export function checkFormats({ log, isEarlier, simulation }: World, lane: number): string[] {
  let isTold = !isEarlier;
  const problems: string[] = [];
  const records = log.records('timeline', lane);
  for (const { headers, offset } of records) {
    const isNewest = timelineFormatOf(headers) === TIMELINE_FORMAT;
    if (isNewest && !isTold)
      problems.push(`timeline, lane ${lane}, offset ${offset}: the newest format before it was told`);
    if (!isNewest && !isEarlier)
      problems.push(`timeline, lane ${lane}, offset ${offset}: an earlier format in a new lane`);
    if (!isNewest && isTold) simulation.count('late in an earlier format');
    if (isNewest && isEarlier) simulation.count('records behind another format');
    isTold ||= readTimelineHeaders(headers).type === 'format';
  }
  return problems.slice(0, 1);
}

/** What held ids did is marked, in the newest format, and nothing else is. */
export function checkHeld({ log, simulation }: World, lane: number): string[] {
  return log.records('timeline', lane).flatMap(({ key, headers, offset }) => {
    const isOfHeldId = key !== null && new TextDecoder().decode(key).startsWith('anon:');
    const isToSay = isOfHeldId && timelineFormatOf(headers) === TIMELINE_FORMAT;
    if (isToSay) simulation.count('records of held ids');
    return (readTimelineHeaders(headers).isHeld === true) === isToSay
      ? []
      : [`timeline, lane ${lane}, offset ${offset}: expected ${isToSay ? 'a' : 'no'} mark of a held id`];
  });
}

/** Every raw record became what it should: on the timeline once, refused with its reason, or dropped as a repeat. */
export function checkAccounts(world: World, lane: number): string[] {
  const onTimeline = new Map<string, number>();
  for (const { origin } of timelineOf(world, lane)) {
    if (origin !== null) onTimeline.set(originText(origin), (onTimeline.get(originText(origin)) ?? 0) + 1);
  }
  const refusals = refusalsOf(world, lane);
  return RAW_TOPICS.flatMap((topic) => {
    let policy = 0;
    let hasFormat = false;
    return writtenTo(world, topic, lane).flatMap((write, offset) => {
      const origin = `${topic}:${offset}`;
      const times = onTimeline.get(origin) ?? 0;
      const isNewPolicy = write.expectation.kind === 'policy' && write.expectation.number > policy;
      if (write.expectation.kind === 'policy') policy = Math.max(policy, write.expectation.number);
      const isNewFormat = write.expectation.kind === 'format' && !hasFormat;
      hasFormat ||= isNewFormat;
      const problem = problemOf(write, times, refusals.get(origin) ?? [], isNewPolicy || isNewFormat);
      return problem === null ? [] : [`${origin}, lane ${lane}, ${write.expectation.kind}: ${problem}`];
    });
  });
}

interface Refusal {
  readonly reason: string;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
}

function refusalsOf(world: World, lane: number): ReadonlyMap<string, readonly Refusal[]> {
  const refusals = new Map<string, Refusal[]>();
  for (const record of world.log.records('dead-letters', lane)) {
    const letter = codecs['dead-letter'].decode(record.value ?? new Uint8Array(), record.headers['schema'] ?? '');
    if (letter.service !== 'unify') continue;
    const origin = `${letter.topic}:${letter.offset}`;
    refusals.set(origin, [...(refusals.get(origin) ?? []), letter]);
  }
  return refusals;
}

function problemOf(
  { expectation, key, value }: RawWrite,
  times: number,
  refusals: readonly Refusal[],
  isNew: boolean,
): string | null {
  const expectRefused = expectation.kind === 'refused';
  if (expectRefused !== refusals.length > 0) {
    return `expected ${expectRefused ? 'a' : 'no'} dead letter, found ${refusals[0]?.reason ?? 'none'}`;
  }
  for (const letter of refusals) {
    const sameBytes = bytesEqual(letter.key, key) && bytesEqual(letter.value, value);
    if (!expectRefused || letter.reason !== expectation.reason || !sameBytes) {
      return `expected a dead letter ${expectRefused ? expectation.reason : ''} with its bytes, found ${letter.reason}`;
    }
  }
  const [least, most] = {
    event: [1, 1],
    duplicate: [0, 1],
    refused: [0, 0],
    policy: isNew ? [1, 1] : [0, 0],
    format: isNew ? [1, 1] : [0, 0],
    punctuation: [0, 1],
    'live-switch': [1, 1],
    cutover: [1, 1],
  }[expectation.kind] as [number, number];
  return times < least || times > most ? `expected it ${least} to ${most} times on the timeline, found ${times}` : null;
}

function bytesEqual(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : Buffer.compare(a, b) === 0;
}
