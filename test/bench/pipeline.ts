import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createRawDecoder, embeddedSchemaIds, encodeRaw, RAW_TOPICS, topics } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { openEmbedded } from '@tidemark/embedded';
import { openDataset } from '@tidemark/replay';
import { type Figure, median } from './measure.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const SEND_RECORDS = 1_000;

interface Replay {
  readonly eventsPerSecond: number;
  readonly peakMemoryMiB: number;
}

/** The whole embedded pipeline as `npm start` runs it, in a process of its own, beside bare append, read and decode. */
export async function benchPipeline(runs: number): Promise<Figure[]> {
  const replays: Replay[] = [];
  const floors: number[] = [];
  for (let run = 0; run < runs; run++) {
    floors.push(await inTemporaryFolder(bareLog));
    replays.push(await inTemporaryFolder(replayBundled));
  }
  const speeds = replays.map(({ eventsPerSecond }) => eventsPerSecond);
  const memories = replays.map(({ peakMemoryMiB }) => peakMemoryMiB);
  return [
    {
      name: 'embedded pipeline, whole',
      unit: 'events/s',
      value: median(speeds),
      runs: speeds,
      floor: { name: 'one topic: append, read, Avro decode', value: median(floors) },
      mustReach: { atLeast: 20_000 },
    },
    {
      name: 'embedded pipeline, peak memory',
      unit: 'MiB',
      value: median(memories),
      runs: memories,
      floor: null,
      mustReach: { below: 512 },
    },
  ];
}

/** `npm start -- --fresh --once --json`, whose last line is its result. */
async function replayBundled(folder: string): Promise<Replay> {
  const bootstrap = join(REPOSITORY, 'scripts', 'tidemark.mjs');
  const args = [bootstrap, 'up', '--data', folder, '--fresh', '--once', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: REPOSITORY, maxBuffer: 1 << 26 });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Replay;
}

/** Events a second through the log alone: every event of the data set appended, delivered to one group, decoded. */
async function bareLog(folder: string): Promise<number> {
  const dataset = await openDataset({ source: { kind: 'cdnow' }, simulated: true });
  const clock = { now: () => Date.now() as TimeMs, elapsedMs: () => performance.now(), sleep: async () => undefined };
  const { log, close } = openEmbedded({ folder, lanes: 1, topics: topics.map(({ name }) => name), clock });
  const decoder = createRawDecoder(embeddedSchemaIds);
  const start = performance.now();
  let decoded = 0;
  const done = Promise.withResolvers<void>();
  const consumer = await log.consume({
    group: 'bench',
    topics: RAW_TOPICS,
    handler: {
      assigned: (lane, member) => {
        for (const topic of RAW_TOPICS) member.seek(topic, lane, 0);
      },
      batch: (_topic, _lane, records) => {
        for (const { value } of records) if (!(decoder.decode(value) instanceof Promise)) decoded++;
        if (decoded === dataset.size) done.resolve();
      },
      revoked: () => undefined,
    },
  });
  const writer = await log.writer();
  for (let from = 0; from < dataset.size; from += SEND_RECORDS) {
    const places = Array.from({ length: Math.min(SEND_RECORDS, dataset.size - from) }, (_, i) => from + i);
    await writer.send(
      'interactions',
      0,
      places.map((place) => ({ key: null, value: encoded(dataset, place), headers: {} })),
    );
    await new Promise(setImmediate);
  }
  await done.promise;
  const seconds = (performance.now() - start) / 1_000;
  await consumer.close();
  close();
  return dataset.size / seconds;
}

function encoded(dataset: Awaited<ReturnType<typeof openDataset>>, place: number): Uint8Array {
  const { recordType, value } = dataset.recordAt(place);
  return encodeRaw(recordType, embeddedSchemaIds.idOf(recordType, 1) ?? 0, value as never);
}

async function inTemporaryFolder<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-bench-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
