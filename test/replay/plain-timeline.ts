/**
 * The timeline that a replay must give, made straight from the data set: no log, no merge, no clock. Record for record
 * what unify writes, origins and offsets included.
 */
import {
  customerKey,
  encodeTimeline,
  encodeTimelinePolicy,
  RAW_TOPICS,
  type RawTopic,
  type TimelineHeaders,
  timelineHeaders,
  timelineSchemaOf,
} from '@tidemark/contracts';
import { DAY_MS, type Policy, startOfDay, type TimeMs } from '@tidemark/domain';
import type { PolicyDocument } from '@tidemark/policy';
import type { Dataset } from '@tidemark/replay';
import type { LogRecord } from '@tidemark/stream';
import { accept } from '@tidemark/timeline';
import { type MergedRow, mergedRows } from './merged-rows.ts';

export interface PlainReplay {
  readonly dataset: Dataset;
  readonly policy: Policy;
  readonly policyDocument: PolicyDocument;
  readonly lanes: number;
}

/** One timeline a lane, each to be read once. */
export function plainTimelines(replay: PlainReplay): readonly Iterable<LogRecord>[] {
  const rows: MergedRow[][] = Array.from({ length: replay.lanes }, () => []);
  for (const row of mergedRows(replay.dataset, replay.lanes)) rows[row.lane]?.push(row);
  return rows.map((ofLane) => plainTimeline(ofLane, replay));
}

function* plainTimeline(rows: readonly MergedRow[], replay: PlainReplay): Generator<LogRecord> {
  const { dataset, policyDocument } = replay;
  const rawOffsets = new RawOffsets();
  let offset = 0;
  const record = (
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: TimelineHeaders,
    schema?: string,
  ): LogRecord => {
    return { offset: offset++, key, value, headers: timelineHeaders(headers, schema), appendedAtMs: 0 };
  };
  const keyless = { clock: 'event', eventId: null, rawAppendedAtMs: null } as const;
  let next = 0;
  for (let day = dataset.firstDay; day <= dataset.lastDay; day = (day + DAY_MS) as TimeMs) {
    const tickedBy = rawOffsets.punctuate();
    if (day === dataset.firstDay) {
      const { value, schema } = encodeTimelinePolicy({ number: 1, ...policyDocument });
      const origin = rawOffsets.take('control');
      yield record(null, value, { ...keyless, type: 'policy', origin, logTime: day }, schema);
    } else {
      yield record(null, null, { ...keyless, type: 'tick', origin: tickedBy, logTime: day });
    }
    for (let row = rows[next]; row !== undefined && dayOf(row) === day; row = rows[++next]) {
      const { event, key } = acceptedOf(row, replay.policy);
      const { eventId, occurredAt } = event.data;
      const origin = rawOffsets.take(row.topic);
      const headers = {
        type: event.type,
        origin,
        logTime: occurredAt,
        clock: 'event',
        eventId,
        rawAppendedAtMs: null,
      } as const;
      yield record(key, encodeTimeline(event), headers, timelineSchemaOf(event));
    }
  }
  const end = (dataset.lastDay + DAY_MS - 1) as TimeMs;
  yield record(null, null, { ...keyless, type: 'tick', origin: rawOffsets.punctuate(), logTime: end });
}

/** The next offset of each raw topic in one lane. */
class RawOffsets {
  readonly #next = new Map<RawTopic, number>();

  take(topic: RawTopic) {
    const offset = this.#next.get(topic) ?? 0;
    this.#next.set(topic, offset + 1);
    return { topic, offset };
  }

  /** A punctuation in each topic; of those at one time the first topic's becomes the tick. */
  punctuate() {
    const [first] = RAW_TOPICS.map((topic) => this.take(topic));
    return first ?? null;
  }
}

function dayOf({ record }: MergedRow): TimeMs {
  return startOfDay(record.value.occurredAt);
}

function acceptedOf({ customerId, topic, record }: MergedRow, policy: Policy) {
  const key = customerKey(customerId);
  const accepted = accept({ topic, key, record }, policy);
  if (accepted.kind === 'refused') throw new Error(`expected events without fault, found ${accepted.detail}`);
  return { key, event: accepted.event };
}
