import { createHash } from 'node:crypto';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import {
  codecs,
  decodeTimeline,
  eventTopicOf,
  parseCustomerKey,
  type RawTopic,
  readTimelineHeaders,
  TIMELINE_EVENT_TYPES,
  type WrittenPolicy,
} from '@tidemark/contracts';
import { DAY_MS, type TimelineEventType, type TimeMs } from '@tidemark/domain';
import { type EventLog, type LogRecord, type Offset, readLane, type Topic } from '@tidemark/stream';
import { DatasetError } from '../dataset-error.ts';
import type { RawEvent } from '../raw-event.ts';
import type { ReplaySource } from '../replay-source.ts';
import { rawRecordOf } from './raw-record-of.ts';

/** An event of a timeline that is not replayed, since it lies at the replay's end or after it. */
export interface LeftOutEvent {
  readonly lane: number;
  /** Of the timeline. */
  readonly offset: Offset;
  readonly occurredAt: TimeMs;
}

export interface TimelineOptions {
  /** What the timeline is called, for people. */
  readonly name: string;
  readonly log: Pick<EventLog, 'lanes' | 'bounds' | 'read'>;
  /** Events from then on are left out. */
  readonly end: TimeMs;
  readonly onLeftOut?: (event: LeftOutEvent) => void;
}

const EVENT_TYPES: ReadonlySet<string> = new Set(TIMELINE_EVENT_TYPES);

interface Row {
  readonly type: TimelineEventType;
  readonly customer: string;
  readonly schema: string;
  readonly value: Uint8Array;
}

/**
 * The accepted events of another pipeline's timeline, in order of (occurredAt, lane, offset), with their own ids: whatever
 * clock its lanes were on, here each event counts at its own time. They are sorted in a temporary database, on disk, which
 * `close` removes; a few bytes a day stay in memory.
 */
export class TimelineEvents implements ReplaySource {
  readonly name: string;
  readonly fingerprint: string;
  readonly size: number;
  readonly firstDay: TimeMs;
  /** The newest policy of the timeline as it stands there, from the lane that has the newest; null if there is none. */
  readonly policy: WrittenPolicy | null;
  /** Lanes whose timeline has let its oldest records go. */
  readonly lanesCut: readonly number[];
  readonly #database: DatabaseSync;
  readonly #select: StatementSync;
  /** By day from the first: where its events begin, and one entry more. */
  readonly #bounds: Uint32Array;
  #current: { readonly place: number; readonly row: Row } | null = null;

  private constructor(name: string, database: DatabaseSync, { policy, lanesCut }: Gathered) {
    this.name = name;
    this.policy = policy;
    this.lanesCut = lanesCut;
    this.#database = database;
    database.exec('CREATE TABLE ordered AS SELECT * FROM event ORDER BY occurred_at, lane, timeline_offset');
    database.exec('DROP TABLE event');
    this.#select = database.prepare('SELECT type, customer, schema, value FROM ordered WHERE rowid = ?');
    const days = database
      .prepare(`SELECT occurred_at / ${DAY_MS} AS day, COUNT(*) AS events FROM ordered GROUP BY day ORDER BY day`)
      .all() as unknown as readonly { readonly day: number; readonly events: number }[];
    const [first, last] = [days[0], days.at(-1)];
    if (first === undefined || last === undefined) throw noEvents(name);
    this.firstDay = (first.day * DAY_MS) as TimeMs;
    this.#bounds = new Uint32Array(last.day - first.day + 2);
    for (const { day, events } of days) this.#bounds[day - first.day + 1] = events;
    for (let i = 1; i < this.#bounds.length; i++) this.#bounds[i] = (this.#bounds[i] ?? 0) + (this.#bounds[i - 1] ?? 0);
    this.size = this.#bounds.at(-1) ?? 0;
    this.fingerprint = this.#hash();
  }

  /** Reads the whole timeline. Throws `DatasetError` for one that has no event before the end, and what the log throws. */
  static async open(options: TimelineOptions): Promise<TimelineEvents> {
    // Without a name SQLite keeps it in a temporary file, which goes with the connection.
    const database = new DatabaseSync('');
    try {
      database.exec(
        'CREATE TABLE event (occurred_at INTEGER, lane INTEGER, timeline_offset INTEGER, type TEXT, customer TEXT, schema TEXT, value BLOB)',
      );
      return new TimelineEvents(options.name, database, await gather(options, database));
    } catch (error) {
      database.close();
      throw error;
    }
  }

  get lastDay(): TimeMs {
    return (this.firstDay + (this.#bounds.length - 2) * DAY_MS) as TimeMs;
  }

  placesOfDay(day: TimeMs): { readonly from: number; readonly to: number } {
    const index = Math.floor((day - this.firstDay) / DAY_MS);
    if (index < 0) return { from: 0, to: 0 };
    return { from: this.#bounds[index] ?? this.size, to: this.#bounds[index + 1] ?? this.size };
  }

  topicAt(place: number): RawTopic {
    return eventTopicOf(this.#rowAt(place).type);
  }

  customerIdAt(place: number): string {
    return this.#rowAt(place).customer;
  }

  recordAt(place: number): RawEvent {
    const { type, customer, schema, value } = this.#rowAt(place);
    return rawRecordOf(decodeTimeline(type, schema, value), customer);
  }

  close(): void {
    this.#database.close();
  }

  #rowAt(place: number): Row {
    if (this.#current?.place === place) return this.#current.row;
    const row = this.#select.get(place + 1) as unknown as Row | undefined;
    if (row === undefined) throw new RangeError(`expected a place below ${this.size}, found ${place}`);
    this.#current = { place, row };
    return row;
  }

  #hash(): string {
    const hash = createHash('sha256');
    for (let place = 0; place < this.size; place++) {
      const { type, customer, schema, value } = this.#rowAt(place);
      hash.update(JSON.stringify([type, customer, schema, value.length])).update(value);
    }
    return hash.digest('hex');
  }
}

interface Gathered {
  readonly policy: WrittenPolicy | null;
  readonly lanesCut: readonly number[];
}

async function gather({ log, end, onLeftOut }: TimelineOptions, database: DatabaseSync): Promise<Gathered> {
  const insert = database.prepare('INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?)');
  const lanesCut: number[] = [];
  let policy: WrittenPolicy | null = null;
  database.exec('BEGIN');
  for (let lane = 0; lane < log.lanes; lane++) {
    if ((await log.bounds('timeline', lane)).start > 0) lanesCut.push(lane);
    const seen = new Map<Topic, Offset>();
    for await (const record of readLane(log, 'timeline', lane)) {
      const { type, origin, schema: written } = readTimelineHeaders(record.headers);
      const schema = written ?? '';
      if (type === 'policy' && record.value !== null) {
        const found = codecs['timeline-policy'].decode(record.value, schema);
        if (found.number > (policy?.number ?? 0)) policy = found;
      }
      // A crash may leave events on the timeline twice: as in the folds, their origin tells.
      if (!EVENT_TYPES.has(type) || origin === null || origin.offset <= (seen.get(origin.topic) ?? -1)) continue;
      seen.set(origin.topic, origin.offset);
      const { offset, customer, value } = partsOf(record, lane);
      const { occurredAt } = decodeTimeline(type as TimelineEventType, schema, value).data;
      if (occurredAt < end) insert.run(occurredAt, lane, offset, type, customer, schema, value);
      else onLeftOut?.({ lane, offset, occurredAt });
    }
  }
  database.exec('COMMIT');
  return { policy, lanesCut };
}

function partsOf({ offset, key, value }: LogRecord, lane: number) {
  const customer = parseCustomerKey(key);
  if (customer.ok && value !== null) return { offset, customer: customer.customerId, value };
  throw new DatasetError(
    'data-set-unreadable',
    `expected at offset ${offset} of the timeline of lane ${lane} an event under its customer's id, found another record. ` +
      'Something other than unify wrote there: `npx tidemark doctor` says more',
  );
}

function noEvents(name: string): DatasetError {
  const message = `expected accepted events of the past on the timeline of ${name}, found none. Check the place that was named`;
  return new DatasetError('data-set-empty', message);
}
