import { codecs, isRawTopic, outputHeaders, RAW_TOPICS, type RawTopic } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { type Committed, type Lane, type Offset, UndecodableBatch } from '@tidemark/stream';
import { InvalidArgumentError } from 'commander';
import { type ChangedPipeline, changePipeline } from '../location/opened-pipeline.ts';
import type { LocationOptions } from '../location/options.ts';
import type { Environment } from '../terminal/environment.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import { Failure } from '../terminal/failure.ts';
import { nameOf, originOf, readLaneLetters } from './letter.ts';

/** Where a batch begins that unify cannot go beyond, as the fault and doctor name it. */
export interface BatchName {
  readonly topic: RawTopic;
  readonly lane: Lane;
  readonly offset: Offset;
}

const NAME = /^([a-z]+):(\d{1,4}):(\d{1,15})$/;

export function parseBatchName(text: string): BatchName {
  const [, topic = '', lane, offset] = NAME.exec(text) ?? [];
  if (isRawTopic(topic)) return { topic, lane: Number(lane), offset: Number(offset) };
  throw new InvalidArgumentError(
    `Expected topic:lane:offset, such as orders:3:51, with one of ${RAW_TOPICS.join(', ')}: of other topics nothing can be ` +
      'taken out (docs/runbook/faults.md#undecodable-batch).',
  );
}

/** So many records are asked for that the answer holds the batch and what follows it, which tells where it ends. */
const READ_RECORDS = 8_192;
/** What the topic dead-letters takes in one record, less the letter itself. Raw topics take 1 MiB by default. */
const KEPT_BYTES_MAX = 16 * 1_024 * 1_024;

/**
 * Makes one dead letter of a batch that nobody can decode, and moves unify's group behind it: in this order, so that a
 * crash in between leaves the batch where it is, and the letter is found again. No process of unify may run: one that has
 * the lane could commit over it. The group's coordinator refuses where one does, also one that joins in this moment.
 */
export async function setApartBatch(
  name: BatchName,
  options: LocationOptions,
  environment: Environment,
): Promise<number> {
  return changePipeline(options, environment, async (pipeline) => {
    const { commitOutside } = pipeline;
    if (commitOutside === null) {
      throw new Failure('expected --kafka, --redis and --registry: in a data folder there are no batches', EXIT.usage);
    }
    await checkStopped(pipeline);
    const committed = await findPlace(pipeline, name);
    const batch = await findBatch(pipeline, name);
    const letter = await writeLetter(pipeline, name, batch, environment.clock.now());
    const places = new Map([[name.topic, { offset: batch.next, metadata: noteBehind(committed) }]]);
    if (!(await commitOutside('unify', name.lane, places))) {
      throw new Failure(
        `expected no process of unify, found that one has started. The batch is dead letter ${letter}, and unify still ` +
          'stands before it: stop every process of unify and repeat this; there will be no second letter.',
      );
    }
    const { topic, lane } = name;
    await environment.stdout.line(
      `Set apart offsets ${name.offset} to ${batch.next - 1} of ${topic}, lane ${lane}, as dead letter ${letter}. ` +
        `unify goes on at ${batch.next} when it starts.${topic === 'control' ? CONTROL_ADVICE : ''}`,
    );
    return EXIT.ok;
  });
}

const CONTROL_ADVICE = ' It may have held policies: apply the newest again with `npx tidemark policy apply`.';

async function checkStopped(pipeline: ChangedPipeline): Promise<void> {
  const members = await pipeline.members('unify');
  if (members === 0) return;
  throw new Failure(
    `expected no process of unify, found ${members}. Nothing was done: stop them all first (the other services go on). One ` +
      'that was killed counts until its session ends, some ten seconds later.',
  );
}

/** What unify's group has committed for the topic; null for nothing. */
async function findPlace(pipeline: ChangedPipeline, { topic, lane, offset }: BatchName): Promise<Committed | null> {
  const { log } = pipeline;
  if (lane >= log.lanes) throw new Failure(`expected a lane from 0 to ${log.lanes - 1}, found ${lane}`, EXIT.usage);
  const committed = (await pipeline.committed('unify', lane)).get(topic) ?? null;
  const at = committed?.offset ?? (await log.bounds(topic, lane)).start;
  if (at !== offset) {
    throw new Failure(
      `expected unify to stand at offset ${offset} of ${topic}, lane ${lane}, found it at ${at}. Nothing was done: ` +
        '`npx tidemark doctor` says what it cannot read.',
    );
  }
  if (committed !== null && noteOf(committed)['clock'] === 'event') {
    throw new Failure(
      `expected a lane with the live clock, found lane ${lane} on the event clock of a replay. Nothing was done: a replay ` +
        'that lacks records is not that of its data set. Start over in another namespace.',
    );
  }
  return committed;
}

interface FoundBatch {
  readonly next: Offset;
  readonly found: string;
  readonly bytes: Uint8Array;
}

async function findBatch({ log }: ChangedPipeline, { topic, lane, offset }: BatchName): Promise<FoundBatch> {
  const batch = await log.read(topic, lane, offset, READ_RECORDS).catch((error: unknown) => {
    if (error instanceof UndecodableBatch) return error;
    throw error;
  });
  if (!(batch instanceof UndecodableBatch)) return refuseRecords(batch.length);
  const { place, found, bytes } = batch;
  if (place.offset !== offset) return refuseRecords(place.offset - offset);
  if (place.next !== null) return { next: place.next, found, bytes };
  throw new Failure(
    `expected to see where the batch at offset ${offset} of ${topic}, lane ${lane}, ends, found that nobody can tell. Nothing ` +
      'was done: bring it back from a replica or a copy of the topic.',
  );
}

function refuseRecords(count: number): never {
  const found = count === 0 ? 'no record' : 'records that can be';
  throw new Failure(`expected a batch that cannot be decoded, found ${found}. Nothing was done: start unify.`);
}

/** The name of the batch's letter, which an attempt before this one may have left. */
async function writeLetter(
  { log }: ChangedPipeline,
  { topic, lane, offset }: BatchName,
  { next, found, bytes }: FoundBatch,
  at: TimeMs,
): Promise<string> {
  for await (const { name, content } of readLaneLetters(log, lane)) {
    if (content.reason === 'undecodable-batch' && originOf(content) === `${topic}:${lane}:${offset}`) return name;
  }
  const isKept = bytes.length <= KEPT_BYTES_MAX;
  const kept = isKept ? 'the batch as it is' : `nothing of its ${bytes.length} bytes, which are too many`;
  const value = codecs['dead-letter'].encode({
    service: 'unify',
    reason: 'undecodable-batch',
    detail: `offsets ${offset} to ${next - 1}: ${found}; kept is ${kept}`,
    topic,
    lane,
    offset,
    key: null,
    value: isKept ? bytes : null,
    headers: {},
    at,
  });
  const writer = await log.writer();
  try {
    const { baseOffset } = await writer.send('dead-letters', lane, [
      { key: null, value, headers: outputHeaders('dead-letter') },
    ]);
    return nameOf({ lane, offset: baseOffset });
  } finally {
    await writer.close();
  }
}

/** unify keeps in it what it knows of the lane. The record that it took last is not the one before its new place. */
function noteBehind(committed: Committed | null): string {
  if (committed === null || committed.metadata === '') return '';
  return JSON.stringify({ ...noteOf(committed), takenAtMs: null });
}

function noteOf({ metadata }: Committed): Record<string, unknown> {
  try {
    return metadata === '' ? {} : JSON.parse(metadata);
  } catch {
    throw new Failure("expected unify's group to have committed a note of unify's, found another. Nothing was done.");
  }
}
