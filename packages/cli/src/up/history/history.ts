import type { Policy, TimeMs } from '@tidemark/domain';
import { type ReplaySource, readReplayEnd } from '@tidemark/replay';
import type { ServiceSettings } from '@tidemark/runtime';
import type { Environment } from '../../terminal/environment.ts';
import { EXIT } from '../../terminal/exit-codes.ts';
import { Failure } from '../../terminal/failure.ts';
import type { Backend } from '../backend.ts';
import type { HistoryOptions } from './history-options.ts';
import { readOrdersHistory } from './orders-history.ts';
import { readTimelineHistory } from './timeline-history.ts';

/** What is to be replayed, checked as far as that needs no log to write to. */
export interface History {
  /** Fixes what is replayed, once: what lies before `end`. Says what is left out. */
  open(end: TimeMs): Promise<ReplayedHistory>;
}

/** What is replayed, under which policy. */
export interface ReplayedHistory {
  readonly policy: Policy;
  readonly source: ReplaySource;
  /** One line for people; `location` is where it goes. */
  describe(location: string): string;
  /** After it is replayed. */
  close(): void;
}

export interface OpenedHistory extends ReplayedHistory {
  readonly end: TimeMs;
}

/** Where it goes: a data folder, or these servers. */
export interface Destination {
  readonly data: string | null;
  readonly servers: ServiceSettings | null;
}

/** Reads what the options name. Throws `DatasetError` and `Failure`. */
export async function readHistory(
  options: HistoryOptions,
  destination: Destination,
  environment: Environment,
): Promise<History> {
  const { orders, encoding, credits, leftOut, fromData, fromNamespace } = options;
  const isTimeline = fromData !== undefined || fromNamespace !== undefined;
  const ofOrders = encoding !== undefined ? '--encoding' : credits ? '--credits' : null;
  if (orders === undefined && ofOrders !== null) throw new Failure(`expected --orders with ${ofOrders}`, EXIT.usage);
  if (orders === undefined && !isTimeline && leftOut !== undefined) {
    throw new Failure('expected --orders, --from-data or --from-namespace with --left-out', EXIT.usage);
  }
  return isTimeline ? readTimelineHistory(options, destination, environment) : readOrdersHistory(options, environment);
}

/** The history as a log has it: up to where its replay ends if it has one, else up to now. */
export async function openHistory(
  history: History,
  { log, persist }: Pick<Backend, 'log' | 'persist'>,
  now: TimeMs,
): Promise<OpenedHistory> {
  const end = (await persist(() => readReplayEnd(log))) ?? now;
  return { ...(await history.open(end)), end };
}
