import { decodeTimeline, isEventType, originText, RAW_TOPICS, readTimelineHeaders } from '@tidemark/contracts';
import { type ScoreName, scoreNames } from '@tidemark/domain';
import { scores, toldTopics } from '@tidemark/pipeline';
import type { LogRecord } from '@tidemark/stream';
import type { CustomerTopic, FoundRecord } from './backward-topic.ts';
import { readTierChange, tierChangeEntry } from './lane-tier-changes.ts';
import { readViewChange } from './read-score-record.ts';

/**
 * Within one timeline record timers come before the record (steps 0 and 1), each at its time; there an event comes before
 * the views that it changes, and they before the tier.
 */
const TIMER = 0;
const RECORD = 1;
const EVENT_ORDER = 0;
const VIEW_ORDER = 1;
const TIER_ORDER = 2;

/** Series are raw topics: an event's origin tells a repeat. */
export const eventTopic: CustomerTopic = {
  topic: 'timeline',
  seriesCount: RAW_TOPICS.length,
  told: null,
  read: readEvent,
};

export const tierTopic: CustomerTopic = {
  topic: 'tier-changes',
  seriesCount: 1,
  told: toldTopics.get('tier-changes') ?? null,
  read(record) {
    // The lane is not shown.
    const logged = readTierChange(record, 0);
    if (logged === null) return null;
    const { timelineOffset, effectiveAt, causes, number } = logged.change;
    const step = causes.some(({ kind }) => kind !== 'silence') ? RECORD : TIMER;
    return {
      entry: { kind: 'tier', at: effectiveAt, ...tierChangeEntry(logged) },
      order: [timelineOffset, step, effectiveAt, TIER_ORDER],
      series: 0,
      number,
    };
  },
};

export const viewTopics: readonly CustomerTopic[] = scoreNames.map((score) => ({
  topic: scores[score].changeTopic,
  seriesCount: 1,
  told: toldTopics.get(scores[score].changeTopic) ?? null,
  read: (record) => readView(score, record),
}));

function readView(score: ScoreName, record: LogRecord): FoundRecord | null {
  const change = readViewChange(score, record);
  if (change === null) return null;
  const { at, timelineOffset, from, to, cause, step, number } = change;
  return {
    entry: { kind: 'view', score, at, timelineOffset, from, to, cause },
    order: [timelineOffset, step, at, VIEW_ORDER, scoreNames.indexOf(score)],
    series: 0,
    number,
  };
}

function readEvent(record: LogRecord): FoundRecord | null {
  const { type, origin, logTime, eventId, schema } = readTimelineHeaders(record.headers);
  if (!isEventType(type) || origin === null || eventId === null || record.value === null) return null;
  const { eventId: _, occurredAt, ...data } = decodeTimeline(type, schema ?? '', record.value).data;
  return {
    entry: {
      kind: 'event',
      type,
      at: logTime,
      occurredAt,
      eventId,
      origin: originText(origin),
      timelineOffset: record.offset,
      note: null,
      data,
    },
    order: [record.offset, RECORD, logTime, EVENT_ORDER],
    series: RAW_TOPICS.indexOf(origin.topic),
    number: origin.offset,
  };
}
