import type { IngestState } from '@tidemark/runtime';
import type { HealthReport, QueryOptions } from '@tidemark/service-query';
import { type Appended, type Lane, type NewRecord, OperatingError, type Topic } from '@tidemark/stream';
import type { AnsweredRequest, LoggerOptions } from '@tidemark/telemetry';

/** What the HTTP thread is started with. */
export interface HttpThreadData {
  readonly folder: string;
  readonly server: QueryOptions;
  /** Who may send events besides the folder's own source; null: nobody. */
  readonly sourcesFile: string | null;
  readonly log: Pick<LoggerOptions, 'level' | 'format'>;
}

/** What the thread that folds does for the HTTP thread. */
export interface PipelineSide {
  append(topic: Topic, lane: Lane, records: readonly NewRecord[]): Promise<AppendOutcome>;
  state(): Promise<IngestState>;
  metrics(): Promise<string>;
  live(): Promise<HealthReport>;
  ready(): Promise<HealthReport>;
  doorAnswered(request: AnsweredRequest): void;
}

/** What the HTTP thread does when it is asked. */
export interface HttpSide {
  start(): Promise<{ readonly url: string; readonly writeKey: string | null } | { readonly refused: string }>;
  stop(): Promise<void>;
}

/** An error that is thrown across threads comes as a bare `Error`, so one of ours is told as what it is made of. */
export type AppendOutcome = { readonly appended: Appended } | { readonly failure: OperatingFailure };

type OperatingFailure = Pick<OperatingError, 'code' | 'message' | 'retriable'>;

export async function outcomeOf(append: Promise<Appended>): Promise<AppendOutcome> {
  try {
    return { appended: await append };
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    const { code, message, retriable } = error;
    return { failure: { code, message, retriable } };
  }
}

/** Throws the `OperatingError` that the other thread met. */
export function appendedOf(outcome: AppendOutcome): Appended {
  if ('appended' in outcome) return outcome.appended;
  const { code, message, retriable } = outcome.failure;
  throw new OperatingError(code, message, { retriable });
}
