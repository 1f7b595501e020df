import { createHash } from 'node:crypto';
import { codecs, readOutputHeaders } from '@tidemark/contracts';
import { scoreNames, scores } from '@tidemark/pipeline';
import {
  type Bounds,
  type EventLog,
  type Lane,
  type LaneConsumer,
  type LogRecord,
  type LogWriter,
  type NewRecord,
  type Offset,
  readLane,
  type Subscription,
  type Topic,
} from '@tidemark/stream';

/**
 * The log for folds that start over: outputs that their topics have already are not sent again. A change is known by its
 * number in the lane, progress by the timeline offset that it tells, a dead letter by its content. Each writer reads the
 * topics for it, a lane when it first sends there: they know better than the group's committed offset, which a crash
 * leaves behind. After a send of unknown outcome a new writer reads what got there.
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
        const reading = published.get(place) ?? readPublished(this.#log, topic, lane);
        published.set(place, reading);
        const there = await reading;
        const fresh = records.filter((record) => !there.takeIfThere(record));
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

/** What a topic's lane held of outputs before. */
class Published {
  readonly #codec: ChangeCodec | null;
  #lastNumber = 0;
  #lastProgress = -1;
  /** How often each dead letter is there and was not met yet. */
  readonly #letters = new Map<string, number>();

  constructor(codec: ChangeCodec | null) {
    this.#codec = codec;
  }

  add(record: LogRecord): void {
    const output = readOutput(record, this.#codec);
    if (output.kind === 'change') this.#lastNumber = Math.max(this.#lastNumber, output.number);
    else if (output.kind === 'progress') this.#lastProgress = Math.max(this.#lastProgress, output.timelineOffset);
    else this.#letters.set(output.content, (this.#letters.get(output.content) ?? 0) + 1);
  }

  /** Whether the record is there; of equal dead letters as many as are there. */
  takeIfThere(record: NewRecord): boolean {
    const output = readOutput(record, this.#codec);
    if (output.kind === 'change') return output.number <= this.#lastNumber;
    if (output.kind === 'progress') return output.timelineOffset <= this.#lastProgress;
    const count = this.#letters.get(output.content) ?? 0;
    if (count > 0) this.#letters.set(output.content, count - 1);
    return count > 0;
  }
}

async function readPublished(log: EventLog, topic: Topic, lane: Lane): Promise<Published> {
  const published = new Published(CHANGE_CODECS.get(topic) ?? null);
  for await (const record of readLane(log, topic, lane)) published.add(record);
  return published;
}

type Output =
  | { readonly kind: 'change'; readonly number: number }
  | { readonly kind: 'progress'; readonly timelineOffset: Offset }
  | { readonly kind: 'dead-letter'; readonly content: string };

function readOutput({ key, value, headers }: NewRecord, codec: ChangeCodec | null): Output {
  const { type, schema } = readOutputHeaders(headers);
  const bytes = value ?? new Uint8Array();
  if (type === 'progress') return { kind: type, timelineOffset: codecs.progress.decode(bytes, schema).timelineOffset };
  if (type === 'change' && codec !== null) return { kind: type, number: codec.decode(bytes, schema).number };
  const content = createHash('sha256')
    .update(key ?? new Uint8Array())
    .update('\0')
    .update(bytes)
    .digest('base64');
  return { kind: 'dead-letter', content };
}

interface ChangeCodec {
  decode(bytes: Uint8Array, schema: string): { readonly number: number };
}

const CHANGE_CODECS: ReadonlyMap<Topic, ChangeCodec> = new Map<Topic, ChangeCodec>([
  ...scoreNames.map((name): [Topic, ChangeCodec] => [scores[name].changeTopic, codecs[scores[name].recordType]]),
  ['tier-changes', codecs['tier-change']],
]);
