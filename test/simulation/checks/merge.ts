import { EVENT_TOPICS, parseCustomerKey, RAW_TOPICS, type RawTopic } from '@tidemark/contracts';
import { MINUTE_MS } from '@tidemark/domain';
import type { RawWrite } from '../raw-write.ts';
import { type World, writtenTo } from '../world.ts';
import { timelineOf } from './timeline.ts';

/** A raw record with where the merge puts it. */
interface Merged {
  readonly topic: RawTopic;
  readonly offset: number;
  readonly write: RawWrite;
  readonly time: number;
  /** Punctuations come before records of their time. */
  readonly kind: 0 | 1;
}

/** Under the event clock, thus until a lane goes live, the timeline without repeats is a function of the raw topics alone: the merge, worked out here as a sort. */
export function checkMerge(world: World, lane: number): string[] {
  const expected = pureMerge(world, lane);
  // A tick before a cutover is of no raw record.
  const entries = timelineOf(world, lane).filter(({ type, origin, clock }) => {
    return type !== 'tick' || origin !== null || clock !== 'event';
  });
  const found = entries.map(({ type, origin, logTime, eventId, clock, record }) => {
    const key = parseCustomerKey(record.key);
    const from = origin === null ? 'none' : `${origin.topic}:${origin.offset}`;
    return `${type} of ${from} at ${logTime}, ${clock}, event ${eventId}, customer ${key.ok ? key.customerId : key.problem}`;
  });
  const at = expected.findIndex((entry, i) => entry !== found[i]);
  const isWhole = world.workload.clock === 'event' ? expected.length === found.length : true;
  if (at < 0 && isWhole) return [];
  const index = at < 0 ? expected.length : at;
  return [
    `merge, lane ${lane}, record ${index}: expected ${expected[index] ?? 'no more'}, found ${found[index] ?? 'no more'}`,
  ];
}

function pureMerge(world: World, lane: number): string[] {
  const all = RAW_TOPICS.flatMap((topic) => placed(topic, writtenTo(world, topic, lane)));
  const firstPolicy = all.find(({ write }) => write.expectation.kind === 'policy');
  const before = all.filter(({ topic, offset }) => topic === 'control' && offset <= (firstPolicy?.offset ?? -1));
  const rest = all.filter((one) => !before.includes(one));
  rest.sort(
    (a, b) =>
      a.time - b.time ||
      a.kind - b.kind ||
      RAW_TOPICS.indexOf(a.topic) - RAW_TOPICS.indexOf(b.topic) ||
      a.offset - b.offset,
  );
  const lines: string[] = [];
  const held = new Map<string, number>();
  let logTime = 0;
  let policy = 0;
  let hasFormat = false;
  for (const { topic, offset, write, time } of [...before, ...rest]) {
    const { expectation } = write;
    const add = (type: string, eventId: string | null) => {
      const customer = eventId === null || write.key === null ? 'missing' : parsed(write.key);
      lines.push(`${type} of ${topic}:${offset} at ${logTime}, event, event ${eventId}, customer ${customer}`);
    };
    if (expectation.kind === 'policy' && expectation.number > policy) {
      logTime = policy === 0 ? Math.max(logTime, startOfSegment(before)) : Math.max(logTime, time);
      policy = expectation.number;
      add('policy', null);
    } else if (expectation.kind === 'punctuation' && policy > 0 && time > logTime && time === write.time) {
      logTime = time;
      add('tick', null);
    } else if (expectation.kind === 'cutover') {
      logTime = Math.max(logTime, time);
      add('cutover', null);
    } else if (expectation.kind === 'format' && !hasFormat) {
      hasFormat = true;
      logTime = Math.max(logTime, time);
      add('format', null);
    } else if (expectation.kind === 'live-switch') {
      lines.push(`live-switch of ${topic}:${offset} at ${time}, live, event null, customer missing`);
      return lines;
    } else if (expectation.kind === 'event' || expectation.kind === 'duplicate') {
      const at = Math.max(logTime, time);
      // An hour of log time, to the second.
      const isHeld = (key: string) =>
        Math.floor(at / 1_000) - Math.floor((held.get(key) ?? -Infinity) / 1_000) <= 3_600;
      if (expectation.keys.some(isHeld)) continue;
      logTime = at;
      for (const key of expectation.keys) held.set(key, at);
      add(typeOf(topic), expectation.eventId);
    }
  }
  return lines;
}

/** The first policy does not move the clock beyond the promise it stands under. */
function startOfSegment(before: readonly Merged[]): number {
  return before.findLast(({ write }) => write.expectation.kind === 'punctuation')?.write.time ?? 0;
}

/** Earlier records go where their topic stands; so does what says no time, or one too far beyond its promise. */
function placed(topic: RawTopic, writes: readonly RawWrite[]): Merged[] {
  let stands = 0;
  let until: number | null = null;
  return writes.map((write, offset) => {
    const isPunctuation = write.expectation.kind === 'punctuation';
    const time = write.time ?? stands;
    const isFirst = until === null;
    const isBeyond = !isPunctuation && until !== null && time > until + 5 * MINUTE_MS;
    const isSwitch = write.expectation.kind === 'live-switch';
    const kind = isSwitch || (isPunctuation && (isFirst || time > stands)) ? 0 : 1;
    stands = isBeyond ? stands : Math.max(stands, time);
    if (isPunctuation) until = write.until;
    return { topic, offset, write, time: stands, kind };
  });
}

function typeOf(topic: RawTopic): string {
  return topic === 'control' ? 'policy' : EVENT_TOPICS[topic].type;
}

function parsed(key: Uint8Array): string {
  const result = parseCustomerKey(key);
  return result.ok ? result.customerId : result.problem;
}
