import { type RawDecoder, type TopicName, topics } from '@tidemark/contracts';
import { mergeSorted } from '@tidemark/reading';
import { type Lane, type LogRecord, readLane } from '@tidemark/stream';
import { type OpenedPipeline, readPipeline } from '../location/opened-pipeline.ts';
import { type Environment, stopSignalOf } from '../terminal/environment.ts';
import { EXIT, exitCodeOf } from '../terminal/exit-codes.ts';
import { Failure } from '../terminal/failure.ts';
import type { TailOptions } from './command.ts';
import { rawDecoderFor, recordLine } from './decode-record.ts';

interface LaneRecord {
  readonly lane: Lane;
  readonly record: LogRecord;
}

/** Prints the topic's records until there are no more of them, `--limit` is reached, or somebody stops it. */
export async function tailTopic(topic: string, options: TailOptions, environment: Environment): Promise<number> {
  const name = topicNamed(topic);
  return readPipeline(options, environment, async (pipeline) => {
    const decoder = await rawDecoderFor(name, pipeline);
    const records = options.from === 'start' ? readAll(pipeline, name) : follow(pipeline, name, environment);
    return printRecords(records, name, decoder, options.limit ?? Number.POSITIVE_INFINITY, environment);
  });
}

async function printRecords(
  records: AsyncGenerator<LaneRecord>,
  topic: TopicName,
  decoder: RawDecoder | null,
  limit: number,
  environment: Environment,
): Promise<number> {
  let printed = 0;
  for await (const { lane, record } of records) {
    if (stopSignalOf(environment) !== null) break;
    await environment.stdout.line(await recordLine(topic, lane, record, decoder));
    printed++;
    if (printed >= limit) return EXIT.ok;
  }
  const signal = stopSignalOf(environment);
  return signal === null ? EXIT.ok : exitCodeOf(signal);
}

function topicNamed(topic: string): TopicName {
  const found = topics.find(({ name }) => name === topic);
  if (found !== undefined) return found.name;
  throw new Failure(`expected a topic (${topics.map(({ name }) => name).join(', ')}), found ${topic}.`, EXIT.usage);
}

/** What there is, in order of the time the log took it. */
function readAll({ log }: OpenedPipeline, topic: TopicName): AsyncGenerator<LaneRecord> {
  const lanes = Array.from({ length: log.lanes }, (_, lane) => readLaneRecords(log, topic, lane));
  return mergeSorted(lanes, (a, b) => a.record.appendedAtMs - b.record.appendedAtMs);
}

async function* readLaneRecords(log: OpenedPipeline['log'], topic: TopicName, lane: Lane): AsyncGenerator<LaneRecord> {
  for await (const record of readLane(log, topic, lane)) yield { lane, record };
}

/** Between two looks for new records. */
const POLL_MS = 200;
const PAGE_RECORDS = 500;

/** What comes from now on. */
async function* follow(
  { log }: OpenedPipeline,
  topic: TopicName,
  environment: Environment,
): AsyncGenerator<LaneRecord> {
  const next: number[] = [];
  for (let lane = 0; lane < log.lanes; lane++) next.push((await log.bounds(topic, lane)).end);
  while (!environment.stop.aborted) {
    let found = 0;
    for (const [lane, from] of next.entries()) {
      const records = await log.read(topic, lane, from, PAGE_RECORDS);
      for (const record of records) yield { lane, record };
      next[lane] = (records.at(-1)?.offset ?? from - 1) + 1;
      found += records.length;
    }
    if (found === 0) await environment.clock.sleep(POLL_MS, environment.stop);
  }
}
