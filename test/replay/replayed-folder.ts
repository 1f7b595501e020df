import { createRawDecoder, embeddedSchemaIds, topics } from '@tidemark/contracts';
import { DAY_MS, type Policy, startOfDay, type TimeMs } from '@tidemark/domain';
import { type Embedded, openEmbedded } from '@tidemark/embedded';
import { foldServices } from '@tidemark/pipeline';
import { policyDocument } from '@tidemark/policy';
import { type Dataset, replay } from '@tidemark/replay';
import type { Clock } from '@tidemark/stream';
import { startTimeline } from '@tidemark/timeline';

export interface FolderReplay {
  readonly folder: string;
  readonly lanes: number;
  readonly dataset: Dataset;
  readonly policy: Policy;
}

const MIB = 1_048_576;
const INPUT = { recordsMax: 5_000, bytesMax: MIB };
const FOLD = {
  chunk: { stepsMax: 5_000, customersMax: 2_000, bytesMax: MIB },
  recordsMax: 2_000,
  cacheCustomersMax: 10_000,
  outboxMax: 5_000,
  retryMs: 50,
  mirrorMs: 1_000,
  input: INPUT,
};
const UNIFY = {
  input: INPUT,
  batchRecordsMax: 500,
  batchBytesMax: MIB,
  recordBytesMax: MIB,
  tickMs: 1_000,
  quietTickMs: 30_000,
  retryMs: 50,
};
const POLL_MS = 5;

const clock: Clock = {
  now: () => Date.now() as TimeMs,
  elapsedMs: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** Replays the data set in this process to the end of `until`, or goes on with it, and waits until all is folded. */
export async function replayInto({ folder, lanes, dataset, policy }: FolderReplay, until: TimeMs): Promise<void> {
  const failure = Promise.withResolvers<never>();
  const failed = (...told: readonly unknown[]) => failure.reject(told.at(-1));
  const embedded = openEmbedded({ folder, lanes, topics: topics.map(({ name }) => name), clock, onFailure: failed });
  const observer = { faulted: failed, crashed: failed };
  const ports = { log: embedded.log, store: embedded.store, clock };
  const unify = await startTimeline({ ...ports, decoder: createRawDecoder(embeddedSchemaIds) }, UNIFY, observer);
  const folds = await Promise.all(
    foldServices.filter(({ isOn }) => isOn(policy)).map((service) => service.start(ports, FOLD, observer)),
  );
  try {
    const writer = await embedded.log.writer();
    const document = policyDocument(policy);
    await replay({
      dataset,
      log: embedded.log,
      writer,
      schemaIds: embeddedSchemaIds,
      policyDocument: document,
      until,
      end: clock.now(),
    });
    const end = startOfDay(until) + DAY_MS - 1;
    await Promise.race([failure.promise, waitForStreamTime(embedded, folds.length, end)]);
    await writer.close();
  } finally {
    await unify.stop();
    await Promise.all(folds.map((fold) => fold.stop()));
    embedded.close();
  }
}

async function waitForStreamTime({ log, store }: Embedded, services: number, time: number): Promise<void> {
  for (let lane = 0; lane < log.lanes; lane++) {
    for (;;) {
      const metas = [...(await store.metas(lane)).values()].map((meta) => JSON.parse(meta) as { streamTime: number });
      if (metas.length === services && metas.every(({ streamTime }) => streamTime >= time)) break;
      await clock.sleep(POLL_MS);
    }
  }
}
