import { createHash } from 'node:crypto';
import { changeCodecOf, changeTopicOf, codecs, readOutputHeaders } from '@tidemark/contracts';
import { scoreNames } from '@tidemark/domain';
import type {
  Bounds,
  EventLog,
  Lane,
  LaneConsumer,
  LogRecord,
  LogWriter,
  NewRecord,
  Offset,
  Subscription,
  Topic,
} from '@tidemark/stream';

/**
 * The log for folds that start over: outputs that their topics have already are not sent again. A change is known by its
 * number in the lane, progress by the timeline offset that it tells, both of one version of the fold: what a lower one sent
 * late does not count. A dead letter is known by its content. Each writer reads the
 * topics for it, a lane when it first sends there: they know better than the group's committed offset, which a crash
 * leaves behind. They are read from the end backwards, no further than is needed: where nothing is missing, what a lane
 * sends stands at the end. After a send of unknown outcome a new writer reads what got there.
 */
export class UnrepeatedLog implements EventLog {
  /** Records that were not there and were sent. */
  sent = 0;
  readonly #log: EventLog;

  constructor(log: EventLog) {
    this.#log = log;
  }

  get lanes(): number {
    return this.#log.lanes;
  }

  consume(subscription: Subscription): Promise<LaneConsumer> {
    return this.#log.consume(subscription);
  }

  bounds(topic: Topic, lane: Lane): Promise<Bounds> {
    return this.#log.bounds(topic, lane);
  }

  read(topic: Topic, lane: Lane, from: Offset, limit: number): Promise<readonly LogRecord[]> {
    return this.#log.read(topic, lane, from, limit);
  }

  async writer(): Promise<LogWriter> {
    const writer = await this.#log.writer();
    const published = new Map<string, Promise<Published>>();
    return {
      send: async (topic, lane, records) => {
        const place = `${topic}/${lane}`;
        const reading = published.get(place) ?? Published.of(this.#log, topic, lane);
        published.set(place, reading);
        const there = await reading;
        const fresh: NewRecord[] = [];
        for (const record of records) if (!(await there.takeIfThere(record))) fresh.push(record);
        if (fresh.length > 0) {
          this.sent += fresh.length;
          return writer.send(topic, lane, fresh);
        }
        const { end } = await this.#log.bounds(topic, lane);
        return { baseOffset: end, appendedAtMs: 0 };
      },
      close: () => writer.close(),
    };
  }
}

/** Records looked at for one step backwards. */
const PAGE_RECORDS = 1_000;

/** What a topic's lane held of outputs before. */
class Published {
  readonly #log: EventLog;
  readonly #topic: Topic;
  readonly #lane: Lane;
  readonly #codec: ChangeCodec | null;
  readonly #start: Offset;
  /** The records from here on were looked at. */
  #from: Offset;
  /** By version. */
  readonly #lastNumber = new Map<number, number>();
  readonly #lastProgress = new Map<number, Offset>();
  /** How often each dead letter is there, as far as looked at, and was not met yet. */
  readonly #letters = new Map<string, number>();

  private constructor(log: EventLog, topic: Topic, lane: Lane, { start, end }: Bounds) {
    this.#log = log;
    this.#topic = topic;
    this.#lane = lane;
    this.#codec = CHANGE_CODECS.get(topic) ?? null;
    this.#start = start;
    this.#from = end;
  }

  static async of(log: EventLog, topic: Topic, lane: Lane): Promise<Published> {
    return new Published(log, topic, lane, await log.bounds(topic, lane));
  }

  /** Whether the record is there; of equal dead letters as many as are there. */
  async takeIfThere(record: NewRecord): Promise<boolean> {
    const output = readOutput(record, this.#codec);
    while (!this.#has(output)) {
      if (this.#from === this.#start) return false;
      await this.#lookBack();
    }
    if (output.kind === 'dead-letter') this.#count(output.content, -1);
    return true;
  }

  #has(output: Output): boolean {
    if (output.kind === 'change') return output.number <= (this.#lastNumber.get(output.version) ?? 0);
    if (output.kind === 'progress') return output.timelineOffset <= (this.#lastProgress.get(output.version) ?? -1);
    return output.kind === 'dead-letter' && (this.#letters.get(output.content) ?? 0) > 0;
  }

  async #lookBack(): Promise<void> {
    const to = this.#from;
    this.#from = Math.max(this.#start, to - PAGE_RECORDS);
    for (let next = this.#from; next < to; ) {
      const records = await this.#log.read(this.#topic, this.#lane, next, to - next);
      const last = records.at(-1);
      if (last === undefined) return;
      for (const record of records) if (record.offset < to) this.#add(readOutput(record, this.#codec));
      next = last.offset + 1;
    }
  }

  #add(output: Output): void {
    if (output.kind === 'change') raise(this.#lastNumber, output.version, output.number);
    else if (output.kind === 'progress') raise(this.#lastProgress, output.version, output.timelineOffset);
    else if (output.kind === 'dead-letter') this.#count(output.content, 1);
  }

  #count(content: string, by: 1 | -1): void {
    this.#letters.set(content, (this.#letters.get(content) ?? 0) + by);
  }
}

type Output =
  | { readonly kind: 'change'; readonly version: number; readonly number: number }
  | { readonly kind: 'progress'; readonly version: number; readonly timelineOffset: Offset }
  | { readonly kind: 'marker' }
  | { readonly kind: 'dead-letter'; readonly content: string };

function readOutput({ key, value, headers }: NewRecord, codec: ChangeCodec | null): Output {
  const { type, schema } = readOutputHeaders(headers);
  const bytes = value ?? new Uint8Array();
  if (type === 'marker') return { kind: type };
  if (type === 'progress') {
    const { foldVersion, timelineOffset } = codecs.progress.decode(bytes, schema);
    return { kind: type, version: foldVersion ?? FIRST, timelineOffset };
  }
  if (type === 'change' && codec !== null) {
    const { foldVersion, number } = codec.decode(bytes, schema);
    return { kind: type, version: foldVersion ?? FIRST, number };
  }
  const content = createHash('sha256')
    .update(key ?? new Uint8Array())
    .update('\0')
    .update(bytes)
    .digest('base64');
  return { kind: 'dead-letter', content };
}

/** Records of a fold's first version say none. */
const FIRST = 0;

function raise(greatest: Map<number, number>, version: number, to: number): void {
  greatest.set(version, Math.max(to, greatest.get(version) ?? to));
}

interface ChangeCodec {
  decode(bytes: Uint8Array, schema: string): { readonly number: number; readonly foldVersion: number | null };
}

const CHANGE_CODECS: ReadonlyMap<Topic, ChangeCodec> = new Map<Topic, ChangeCodec>([
  ...scoreNames.map((name): [Topic, ChangeCodec] => [changeTopicOf(name), changeCodecOf(name)]),
  ['tier-changes', codecs['tier-change']],
]);
