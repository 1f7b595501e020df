import {
  isRawTopic,
  laneOf,
  type RawTopic,
  readRedriven,
  readTimelineHeaders,
  redrivenHeaders,
} from '@tidemark/contracts';
import {
  type EventLog,
  endOfSend,
  type Lane,
  type LogWriter,
  type NewRecord,
  type Offset,
  UndecodableBatch,
} from '@tidemark/stream';
import { changePipeline, readPipeline } from '../location/opened-pipeline.ts';
import type { Environment } from '../terminal/environment.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import { Failure } from '../terminal/failure.ts';
import { formatCount } from '../terminal/format.ts';
import type { RedriveOptions } from './command.ts';
import { type Letter, type LetterName, nameOf, originOf, readLetter, readLetters } from './letter.ts';
import { createLetterMapper, type LetterMapper, type NotMapped } from './map-letters.ts';

type LogReading = Pick<EventLog, 'lanes' | 'bounds' | 'read'>;

/** The service whose letters hold events that have no record yet. */
const DOOR = 'door';

/** A letter to send again, without its bytes: there may be many. */
interface Candidate extends LetterName {
  readonly topic: RawTopic;
  /** Of the record that was refused; -1 where there was none yet. */
  readonly originOffset: Offset;
  /** Of a letter of the door, which of the records that its event becomes; null where the letter has the record. */
  readonly part: number | null;
  /** Where it is sent to: the lane of its key, which need not be the one where it lay. */
  readonly toLane: Lane;
}

/** Why letters that were asked for are not sent. */
type Skipped =
  | NotMapped
  | 'a batch'
  | 'without a value'
  | 'of the same record as another letter'
  | 'sent again before'
  | 'of a fold';

interface Plan {
  /** By topic and lane, each in order of letter. */
  readonly groups: readonly (readonly Candidate[])[];
  readonly skipped: ReadonlyMap<Skipped, number>;
}

/** Sends letters to their raw topics again, or, as a dry run, says what it would send. */
export async function redriveLetters(
  names: readonly LetterName[],
  options: RedriveOptions,
  environment: Environment,
): Promise<number> {
  checkSelection(names, options);
  const { stdout } = environment;
  if (options.dryRun) {
    const plan = await readPipeline(options, environment, (pipeline) =>
      planRedrive(pipeline.log, createLetterMapper(pipeline, options.sources), names, options),
    );
    for (const line of describePlan(plan, true)) await stdout.line(line);
    return EXIT.ok;
  }
  await changePipeline(options, environment, async (pipeline) => {
    const { log } = pipeline;
    const mapper = createLetterMapper(pipeline, options.sources);
    const plan = await planRedrive(log, mapper, names, options);
    const writer = await log.writer();
    try {
      for (const group of plan.groups) await sendGroup(log, mapper, writer, group);
    } finally {
      await writer.close();
    }
    for (const line of describePlan(plan, false)) await stdout.line(line);
  });
  return EXIT.ok;
}

function checkSelection(names: readonly LetterName[], { reason, all }: RedriveOptions): void {
  const ways = [names.length > 0, reason !== undefined, all].filter(Boolean).length;
  if (ways === 1) return;
  throw new Failure(
    `expected one of: names of letters, --reason, --all; found ${ways === 0 ? 'none' : 'more than one'}.`,
    EXIT.usage,
  );
}

async function planRedrive(
  log: LogReading,
  mapper: LetterMapper,
  names: readonly LetterName[],
  options: RedriveOptions,
): Promise<Plan> {
  const skipped = new Map<Skipped, number>();
  const skip = (why: Skipped, count = 1) => {
    if (count > 0) skipped.set(why, (skipped.get(why) ?? 0) + count);
  };
  const candidates = new Map<string, Candidate>();
  const letters = names.length > 0 ? readNamed(log, names) : readLetters(log);
  for await (const { lane, offset, content } of letters) {
    if (options.reason !== undefined && content.reason !== options.reason) continue;
    if (content.service === DOOR) {
      const records = await mapper(content);
      // A call that was sent again after it was refused is another letter of the same event.
      const eventId = Buffer.from(content.key ?? []).toString();
      if (typeof records === 'string') skip(records);
      else if (candidates.has(`${DOOR} ${eventId} 0`)) skip('of the same record as another letter');
      else {
        for (const [part, { topic, key }] of records.entries()) {
          const toLane = laneOf(key, log.lanes);
          candidates.set(`${DOOR} ${eventId} ${part}`, { lane, offset, topic, originOffset: -1, part, toLane });
        }
      }
    } else if (content.service !== 'unify' || !isRawTopic(content.topic)) skip('of a fold');
    else if (content.reason === 'undecodable-batch') skip('a batch');
    else if (content.value === null) skip('without a value');
    else if (candidates.has(originOf(content))) skip('of the same record as another letter');
    else {
      const { topic, key, offset: originOffset } = content;
      const toLane = key === null ? lane : laneOf(key, log.lanes);
      candidates.set(originOf(content), { lane, offset, topic, originOffset, part: null, toLane });
    }
  }
  const groups: Candidate[][] = [];
  for (const group of groupByPlace(candidates.values())) {
    const sentBefore = options.again ? new Set<string>() : await readSentBefore(log, group);
    const rest = group.filter((candidate) => !sentBefore.has(nameOf(candidate)));
    skip('sent again before', group.length - rest.length);
    if (rest.length > 0) groups.push(rest);
  }
  await checkClocks(log, new Set(groups.map(([first]) => first?.toLane ?? 0)));
  return { groups, skipped };
}

/** Letters that a person names one by one must be what can be sent. */
async function* readNamed(log: LogReading, names: readonly LetterName[]): AsyncGenerator<Letter> {
  for (const name of names) {
    const letter = await readLetter(log, name);
    const { service } = letter.content;
    if (service !== 'unify' && service !== DOOR) {
      throw new Failure(
        `expected letters of unify or the door, found ${letter.name} of ${service}. Nothing was sent. The record that ${service} ` +
          'refused is on the timeline already: sent again it would be a repeat. Send the producer a corrected event.',
      );
    }
    yield letter;
  }
}

function groupByPlace(candidates: Iterable<Candidate>): Candidate[][] {
  const groups = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const place = `${candidate.topic}:${candidate.toLane}`;
    const group = groups.get(place);
    if (group === undefined) groups.set(place, [candidate]);
    else group.push(candidate);
  }
  for (const group of groups.values()) group.sort((a, b) => a.lane - b.lane || a.offset - b.offset);
  return [...groups.values()];
}

const PAGE_RECORDS = 500;

/**
 * The letters that the raw topic's lane has had again: a record sent again comes after the one that was refused, if that
 * lay there; of one from another lane nothing tells where.
 */
async function readSentBefore(log: LogReading, group: readonly Candidate[]): Promise<ReadonlySet<string>> {
  const sent = new Set<string>();
  const [first] = group;
  if (first === undefined) return sent;
  const { start } = await log.bounds(first.topic, first.toLane);
  let from = Math.min(
    ...group.map(({ lane, toLane, originOffset }) => (lane === toLane && originOffset >= 0 ? originOffset + 1 : start)),
  );
  for (;;) {
    const records = await readOnward(log, first, from);
    if (typeof records === 'number') {
      from = records;
      continue;
    }
    for (const { headers } of records) {
      const letter = readRedriven(headers);
      if (letter !== null) sent.add(letter);
    }
    const last = records.at(-1);
    if (last === undefined) return sent;
    from = last.offset + 1;
  }
}

/** The offset behind a batch that was set apart and stands there still; what was sent again within it nobody knows. */
async function readOnward(log: LogReading, { topic, toLane }: Candidate, from: Offset) {
  try {
    return await log.read(topic, toLane, from, PAGE_RECORDS);
  } catch (error) {
    if (error instanceof UndecodableBatch && error.place.next !== null) return error.place.next;
    throw error;
  }
}

/**
 * On the event clock only the replayer writes. Tried out (redrive-on-event-clock.test.ts): behind its last punctuation a
 * record of `interactions` is taken at the next start, those of other topics wait until the lanes go live, and either way
 * the replay can no longer go on, since the log's last records are not its own.
 */
async function checkClocks(log: LogReading, lanes: ReadonlySet<Lane>): Promise<void> {
  for (const lane of lanes) {
    const { end } = await log.bounds('timeline', lane);
    const [last] = await log.read('timeline', lane, Math.max(end - 1, 0), 1);
    if (last === undefined || readTimelineHeaders(last.headers).clock === 'live') continue;
    throw new Failure(
      `expected lanes with the live clock, found lane ${lane} on the event clock of a replay. Nothing was sent: records ` +
        'sent again would wait behind its last punctuation, and the replay could not go on. Mend the data set or the policy ' +
        'and start over (`npx tidemark up --fresh`; on servers in another namespace), or go live for good first, with ' +
        '`npx tidemark up --live`.',
    );
  }
}

/** Letters are read once more as they are sent: their bytes need not all fit into memory, nor into one send. */
async function sendGroup(
  log: LogReading,
  mapper: LetterMapper,
  writer: LogWriter,
  group: readonly Candidate[],
): Promise<void> {
  for (let from = 0; from < group.length; from += READ_RECORDS_MAX) {
    const records: NewRecord[] = [];
    const part = group.slice(from, from + READ_RECORDS_MAX);
    for (const candidate of part) {
      const { name, content } = await readLetter(log, candidate);
      if (candidate.part === null) {
        records.push({ key: content.key, value: content.value, headers: redrivenHeaders(content.headers, name) });
        continue;
      }
      const mapped = await mapper(content);
      const record = typeof mapped === 'string' ? undefined : mapped[candidate.part];
      if (record === undefined) throw new Error(`expected the record ${candidate.part} of the letter ${name} again`);
      records.push({ key: record.key, value: record.value, headers: redrivenHeaders({}, name) });
    }
    const { topic, toLane } = part[0] as Candidate;
    for (let at = 0, end = 0; at < records.length; at = end) {
      end = endOfSend(records, at, READ_RECORDS_MAX);
      await writer.send(topic, toLane, records.slice(at, end));
    }
  }
}

/** Letters in memory at a time: times the greatest raw record some 25 MiB. */
const READ_RECORDS_MAX = 100;

function describePlan({ groups, skipped }: Plan, isDryRun: boolean): string[] {
  const byTopic = new Map<RawTopic, number>();
  for (const group of groups) {
    for (const { topic } of group) byTopic.set(topic, (byTopic.get(topic) ?? 0) + 1);
  }
  const total = [...byTopic.values()].reduce((sum, count) => sum + count, 0);
  const topics = [...byTopic].map(([topic, count]) => `${topic} ${formatCount(count)}`).join(', ');
  const what = total === 1 ? '1 record' : `${formatCount(total)} records`;
  const verb = isDryRun ? 'would be sent' : 'sent';
  const lines = [`${what} ${verb} again${total === 0 ? '' : ` (${topics})`}.`];
  for (const [why, count] of skipped) lines.push(`Left out: ${formatCount(count)} ${why}${ADVICE[why]}.`);
  if (total > 0 && !isDryRun) {
    lines.push('unify takes them when it runs, with the policy then in force; what it refuses again is a new letter.');
  }
  return lines;
}

const ADVICE: Readonly<Record<Skipped, string>> = {
  'a batch': ' that nobody can decode: its records are for their producer to send again',
  'without a value': ', so that there is nothing to send',
  'of the same record as another letter': ', which is sent once',
  'sent again before': ' (--again sends them once more)',
  'of a source that is not in the file': ' (--sources FILE says which there are)',
  'of a body that nobody can take apart': ', which its sender has to send in another form',
  'of the door that come to nothing again': ': mend their source first, or let their program send what can be mapped',
  'of a fold': ', whose records are on the timeline already',
};
