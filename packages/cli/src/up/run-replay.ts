import type { SchemaIds } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import type { PolicyDocument } from '@tidemark/policy';
import { type ReplayProgress, type ReplaySource, replay } from '@tidemark/replay';
import type { Clock, EventLog, LogWriter } from '@tidemark/stream';
import { Pacer } from './pacer.ts';
import type { Pipeline } from './pipeline.ts';

export interface ReplayRun {
  readonly dataset: ReplaySource;
  readonly policyDocument: PolicyDocument;
  readonly until: TimeMs | null;
  readonly end: TimeMs;
  readonly schemaIds: SchemaIds;
  /** Records that may be ahead of the folds, besides the day being written. */
  readonly recordsAheadMax: number;
  /** Ends the run early; the next one goes on from there. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ReplayProgress) => void;
}

export interface ReplayOutcome extends ReplayProgress {
  /** False if `signal` ended it. */
  readonly isComplete: boolean;
  /** Events that this run wrote. */
  readonly eventsWritten: number;
  /** Whether there was anything to do, be it what an earlier run had left. */
  readonly didWork: boolean;
  readonly seconds: number;
}

/** Between two looks at how far the folds are. */
const POLL_MS = 5;

/** Replays the data set into the pipeline, no faster than it folds, and waits until all is folded. */
export async function runReplay(pipeline: Pipeline, clock: Clock, run: ReplayRun): Promise<ReplayOutcome> {
  const { signal, onProgress, recordsAheadMax, ...options } = run;
  const startedAt = clock.now();
  const waitUntil = async (isReached: () => boolean | Promise<boolean>) => {
    while (!signal.aborted && !(await isReached())) await clock.sleep(POLL_MS, signal);
  };
  const pacer = new Pacer(recordsAheadMax);
  const writer = await CountingWriter.open(pipeline.log);
  let day = options.dataset.firstDay;
  try {
    const result = await replay({
      ...options,
      log: pipeline.log,
      writer,
      signal,
      onProgress(progress) {
        day = progress.day;
        onProgress(progress);
      },
      pace() {
        const time = pacer.streamTimeToWaitFor(day, writer.records);
        return waitUntil(async () => (await pipeline.streamTime()) >= time);
      },
    });
    if (result.isComplete) await waitUntil(async () => (await pipeline.backlog()) === 0);
    return {
      ...result,
      isComplete: result.isComplete && !signal.aborted,
      eventsWritten: writer.events,
      didWork: writer.records > 0 || pipeline.hasFolded(),
      seconds: (clock.now() - startedAt) / 1_000,
    };
  } finally {
    await writer.close();
  }
}

/** Counts what is written. */
export class CountingWriter implements LogWriter {
  records = 0;
  events = 0;
  readonly #writer: LogWriter;

  private constructor(writer: LogWriter) {
    this.#writer = writer;
  }

  static async open(log: EventLog): Promise<CountingWriter> {
    return new CountingWriter(await log.writer());
  }

  async send(...[topic, lane, records]: Parameters<LogWriter['send']>) {
    const appended = await this.#writer.send(topic, lane, records);
    this.records += records.length;
    for (const { key } of records) if (key !== null) this.events++;
    return appended;
  }

  close(): Promise<void> {
    return this.#writer.close();
  }
}
