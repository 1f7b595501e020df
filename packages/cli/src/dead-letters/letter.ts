import { ContractError, codecs, type DeadLetterRecord, readOutputHeaders } from '@tidemark/contracts';
import { mergeSorted } from '@tidemark/reading';
import { type EventLog, type Lane, type LogRecord, type Offset, readLane } from '@tidemark/stream';
import { InvalidArgumentError } from 'commander';
import { Failure } from '../terminal/failure.ts';

/** Where a letter is in the topic dead-letters: what people call it by. */
export interface LetterName {
  readonly lane: Lane;
  readonly offset: Offset;
}

export interface Letter extends LetterName {
  /** `lane:offset` */
  readonly name: string;
  readonly appendedAtMs: number;
  readonly content: DeadLetterRecord;
}

type LogReading = Pick<EventLog, 'lanes' | 'bounds' | 'read'>;

const NAME = /^(\d{1,4}):(\d{1,15})$/;

export function parseLetterName(text: string): LetterName {
  const [, lane, offset] = NAME.exec(text) ?? [];
  if (lane !== undefined && offset !== undefined) return { lane: Number(lane), offset: Number(offset) };
  throw new InvalidArgumentError('Expected a letter as `dead-letters list` names it, lane:offset, such as 3:17.');
}

export function nameOf({ lane, offset }: LetterName): string {
  return `${lane}:${offset}`;
}

/** The record refused as people name it: `topic:lane:offset`. */
export function originOf({ topic, lane, offset }: DeadLetterRecord): string {
  return `${topic}:${lane}:${offset}`;
}

/** Throws a `Failure` if there is no such letter. */
export async function readLetter(log: LogReading, name: LetterName): Promise<Letter> {
  const { lane, offset } = name;
  if (lane < log.lanes) {
    const [record] = await log.read('dead-letters', lane, offset, 1);
    if (record?.offset === offset) return letterOf(lane, record);
  }
  const found = lane < log.lanes ? rangeOf(await log.bounds('dead-letters', lane)) : `lanes 0 to ${log.lanes - 1}`;
  throw new Failure(
    `expected a dead letter ${nameOf(name)}, found ${found}. List them with \`npx tidemark dead-letters list\`.`,
  );
}

/** All letters, in the order in which the log took them; within a lane always in order of offset. */
export function readLetters(log: LogReading): AsyncGenerator<Letter> {
  const lanes = Array.from({ length: log.lanes }, (_, lane) => readLaneLetters(log, lane));
  return mergeSorted(lanes, (a, b) => a.appendedAtMs - b.appendedAtMs);
}

export async function* readLaneLetters(log: LogReading, lane: Lane): AsyncGenerator<Letter> {
  for await (const record of readLane(log, 'dead-letters', lane)) yield letterOf(lane, record);
}

function letterOf(lane: Lane, { offset, appendedAtMs, headers, value }: LogRecord): Letter {
  const name = nameOf({ lane, offset });
  try {
    const { schema } = readOutputHeaders(headers);
    const content = codecs['dead-letter'].decode(value ?? new Uint8Array(), schema);
    return { lane, offset, name, appendedAtMs, content };
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    throw new Failure(
      `expected a dead letter at ${name}, found another record: ${error.message}. Something else wrote there, or a newer ` +
        'Tidemark did: upgrade, or look at the topic with `npx tidemark tail dead-letters`.',
    );
  }
}

function rangeOf({ start, end }: { readonly start: Offset; readonly end: Offset }): string {
  return start === end ? 'none in that lane' : `offsets ${start} to ${end - 1} in that lane`;
}
