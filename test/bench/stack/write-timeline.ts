import {
  customerKey,
  encodeTimeline,
  encodeTimelinePolicy,
  laneOf,
  type RawTopic,
  timelineHeaders,
} from '@tidemark/contracts';
import { DAY_MS, type TimelineEventType, type TimeMs } from '@tidemark/domain';
import { defaultPolicy, policyDocument } from '@tidemark/policy';
import type { EventLog, Headers, LogWriter, NewRecord } from '@tidemark/stream';
import { Random } from '@tidemark/testkit';

export interface TimelineSize {
  readonly events: number;
  readonly customers: number;
}

/** Over how much stream time the events are spread: long enough for scores to decay from band to band. */
const SPAN_MS = 30 * DAY_MS;
const START = Date.UTC(2026, 0, 1);
/** As unify sends: a batch of its own a lane. */
const SEND_RECORDS = 1_000;
const ACTIONS = ['page_view', 'page_view', 'product_view', 'product_view', 'search', 'add_to_cart', 'checkout'];
const CATEGORIES = ['rock', 'jazz', 'classical', 'folk', 'soundtracks'];

/**
 * Writes interactions to the timeline as unify would: a policy first in each lane, then the events in order of time, each
 * of a customer drawn evenly, by a fixed seed. Resolves to the records of each lane.
 */
export async function writeTimeline(log: EventLog, { events, customers }: TimelineSize): Promise<readonly number[]> {
  const keys = Array.from({ length: customers }, (_, n) => Buffer.from(customerKey(`customer-${n}`)));
  const laneOfCustomer = Uint16Array.from(keys, (key) => laneOf(key, log.lanes));
  const writer = await log.writer();
  const lanes = Array.from({ length: log.lanes }, (_, lane) => new TimelineLane(writer, lane));
  for (const lane of lanes) lane.add(policyRecord());
  const random = new Random(0x7d3a);
  for (let n = 0; n < events; n++) {
    const customer = random.between(0, customers - 1);
    const lane = lanes[laneOfCustomer[customer] ?? 0];
    if (lane === undefined) throw new RangeError(`expected a lane below ${log.lanes}`);
    const at = (START + Math.floor((n / events) * SPAN_MS)) as TimeMs;
    lane.add(interaction(keys[customer] ?? null, n, at, lane.interactions++, random));
    if (lane.isFull) await lane.send();
  }
  await Promise.all(lanes.map((lane) => lane.end()));
  await writer.close();
  return lanes.map(({ records }) => records);
}

/** Writes to one lane of the timeline, a send in flight at a time. */
export class TimelineLane {
  records = 0;
  interactions = 0;
  readonly #writer: LogWriter;
  readonly #lane: number;
  #waiting: NewRecord[] = [];
  #sending: Promise<unknown> = Promise.resolve();

  constructor(writer: LogWriter, lane: number) {
    this.#writer = writer;
    this.#lane = lane;
  }

  add(record: NewRecord): void {
    this.#waiting.push(record);
    this.records++;
  }

  get isFull(): boolean {
    return this.#waiting.length >= SEND_RECORDS;
  }

  /** Resolves once the send before is durable: one is in flight a lane. */
  async send(): Promise<void> {
    await this.#sending;
    this.#sending = this.#writer.send('timeline', this.#lane, this.#waiting);
    this.#waiting = [];
  }

  async end(): Promise<void> {
    await this.send();
    await this.#sending;
  }
}

/** The default policy, which comes first in every lane. */
export function policyRecord(): NewRecord {
  const { value, schema } = encodeTimelinePolicy({ number: 1, ...policyDocument(defaultPolicy()) });
  const headers = timelineHeaders(
    {
      type: 'policy',
      origin: { topic: 'control', offset: 0 },
      logTime: START as TimeMs,
      clock: 'live',
      eventId: null,
      rawAppendedAtMs: null,
    },
    schema,
  );
  return { key: null, value, headers };
}

/** A customer's event. `offset`: of the raw record; it grows in a lane. */
export function interaction(
  key: Buffer | null,
  n: number,
  occurredAt: TimeMs,
  offset: number,
  random: Random,
): NewRecord {
  const eventId = `event-${n}`;
  const value = encodeTimeline({
    type: 'interaction',
    data: {
      eventId,
      occurredAt,
      channel: 'web',
      action: random.pick(ACTIONS),
      object: `product-${random.between(0, 9_999)}`,
      category: random.pick(CATEGORIES),
      sessionId: `session-${n >> 2}`,
      properties: {},
    },
  });
  return { key, value, headers: eventHeaders('interaction', 'interactions', offset, occurredAt, eventId) };
}

/** Of an event that unify took from this place of a raw topic as it came. */
export function eventHeaders(
  type: TimelineEventType,
  topic: RawTopic,
  offset: number,
  at: TimeMs,
  eventId: string,
): Headers {
  return timelineHeaders({
    type,
    origin: { topic, offset },
    logTime: at,
    clock: 'live',
    eventId,
    rawAppendedAtMs: at,
  });
}
