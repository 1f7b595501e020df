/**
 * Where a replay stands, read off the log itself: every raw record's header `source` says where in the replay it belongs,
 * so the last record of each topic's lane says where to go on.
 */
import { RAW_TOPICS, type RawTopic, rawHeaders, readSource } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { type EventLog, type Headers, type LogRecord, readLaneBackwards } from '@tidemark/stream';
import { ReplayError } from './replay-error.ts';

/** Written `<segment>:<row>`. In a topic's lane positions only ascend. */
export interface Position {
  /** Time of the punctuation that opened the segment. */
  readonly segment: number;
  /** 0: the punctuation. From 1: the event's place in the data set, plus 1; in `control`, 1 is the policy. */
  readonly row: number;
}

/** What the log holds the replay of; in the headers of every control record. */
export interface ReplayIdentity {
  readonly dataSet: string;
  readonly policy: string;
  /** Fixed at the first start: the same source ends there whenever the replay is gone on with. */
  readonly end: TimeMs;
}

/** The message's last words, for data folders and for Kafka. */
const OR_ELSEWHERE =
  'start over with --fresh, or use another folder (--data DIR) or, on servers, another namespace (TIDEMARK_NAMESPACE)';

const START: Position = { segment: -1, row: -1 };

export function isBeyond(position: Position, last: Position): boolean {
  return position.segment === last.segment ? position.row > last.row : position.segment > last.segment;
}

export function headersAt({ segment, row }: Position): Headers {
  return rawHeaders(`${segment}:${row}`);
}

export function controlHeadersAt(position: Position, { dataSet, policy, end }: ReplayIdentity): Headers {
  return { ...headersAt(position), 'data-set': dataSet, policy, 'replay-end': String(end) };
}

/** Where the replay that the log holds ends; null if it holds none. Throws `ReplayError`. */
export async function readReplayEnd(log: Pick<EventLog, 'lanes' | 'bounds' | 'read'>): Promise<TimeMs | null> {
  for (let lane = 0; lane < log.lanes; lane++) {
    const end = Number((await readLast(log, 'control', lane))?.headers['replay-end']);
    if (Number.isSafeInteger(end)) return end as TimeMs;
  }
  return null;
}

/**
 * The last position of every topic's lane. Throws `ReplayError` if the log holds a replay of something else, or what no
 * replay has written.
 */
export async function readPositions(
  log: EventLog,
  identity: ReplayIdentity,
): Promise<ReadonlyMap<RawTopic, Position[]>> {
  const positions = new Map<RawTopic, Position[]>();
  let isStarted = false;
  let hasControl = false;
  for (const topic of RAW_TOPICS) {
    const last: Position[] = [];
    for (let lane = 0; lane < log.lanes; lane++) {
      const record = await readLast(log, topic, lane);
      if (record !== null && topic === 'control') checkIdentity(record.headers, identity);
      last.push(record === null ? START : parsePosition(record.headers, topic, lane));
      isStarted ||= record !== null;
      hasControl ||= record !== null && topic === 'control';
    }
    positions.set(topic, last);
  }
  if (isStarted && !hasControl) throw notReplayed('control is empty, where a replay writes first');
  return positions;
}

/** Null if the topic's lane has never had a record. Offsets may have gaps, at the end too. */
async function readLast(
  log: Pick<EventLog, 'bounds' | 'read'>,
  topic: RawTopic,
  lane: number,
): Promise<LogRecord | null> {
  const last = await readLaneBackwards(log, topic, lane).next();
  if (last.done !== true) return last.value;
  const { end } = await log.bounds(topic, lane);
  if (end > 0) throw notReplayed(`the records of ${topic} in lane ${lane} are gone (retention)`);
  return null;
}

function parsePosition(headers: Headers, topic: RawTopic, lane: number): Position {
  const [segment, row, ...rest] = (readSource(headers) ?? '').split(':').map(Number);
  const isPosition = Number.isSafeInteger(segment) && Number.isSafeInteger(row) && rest.length === 0;
  if (segment === undefined || row === undefined || !isPosition) {
    throw notReplayed(`the last record of ${topic} in lane ${lane} is from another producer`);
  }
  return { segment, row };
}

function checkIdentity(headers: Headers, expected: ReplayIdentity): void {
  const dataSet = headers['data-set'];
  if (dataSet !== undefined && dataSet !== expected.dataSet) {
    throw new ReplayError(
      'other-data-set',
      `the log holds a replay of another data set (${dataSet}; now given: ${expected.dataSet}). ` +
        `Give the same orders and options as at first, ${OR_ELSEWHERE}`,
    );
  }
  const policy = headers['policy'];
  if (policy !== undefined && policy !== expected.policy) {
    throw new ReplayError(
      'other-policy',
      `the log was started with another policy (${policy}; now given: ${expected.policy}). ` +
        `Give the same policy as at first, ${OR_ELSEWHERE}`,
    );
  }
}

function notReplayed(found: string): ReplayError {
  return new ReplayError(
    'not-replayed',
    `expected a log that only the replayer has written to, found that ${found}. ` + `For a replay, ${OR_ELSEWHERE}`,
  );
}
