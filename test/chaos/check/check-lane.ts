import {
  type ChangeRecord,
  type Codec,
  changeCodecOf,
  changeTopicOf,
  codecs,
  readOutputHeaders,
} from '@tidemark/contracts';
import { scoreNames, TIER_VERSION } from '@tidemark/domain';
import { facetEntries, foldServices, tierEncoding, timelineReader } from '@tidemark/pipeline';
import { PlainFold, type PlainOutput } from '@tidemark/plain-fold';
import {
  type Clock,
  type EventLog,
  type Lane,
  type LogRecord,
  type NewRecord,
  type ProfileStore,
  readLane,
} from '@tidemark/stream';
import { verifyLane } from '../../../packages/cli/src/verify/verify-lane.ts';
import { checkChains, checkChanges, type ExpectedChange, type TierStep, type WireRecord } from './check-changes.ts';
import type { Findings } from './findings.ts';

export interface CheckedPipeline {
  readonly log: Pick<EventLog, 'lanes' | 'bounds' | 'read'>;
  readonly store: Pick<ProfileStore, 'acquire' | 'readLane'>;
  readonly clock: Pick<Clock, 'sleep'>;
}

const CHANGE_CODECS = new Map<string, Codec<ChangeRecord> | (typeof codecs)['tier-change']>([
  ...scoreNames.map((name): [string, Codec<ChangeRecord>] => [changeTopicOf(name), changeCodecOf(name)]),
  ['tier-changes', codecs['tier-change']],
]);

/** Compares all that the folds made of a lane with a plain fold of its timeline. The services must have stopped. */
export async function checkLane(pipeline: CheckedPipeline, lane: Lane, findings: Findings): Promise<void> {
  const outputs = await foldPlainly(pipeline.log, lane);
  for (const topic of CHANGE_CODECS.keys()) await checkTopic(pipeline.log, topic, lane, outputs, findings);
  await checkLetters(pipeline.log, lane, outputs, findings);
  await checkFacets(pipeline, lane, findings);
}

async function foldPlainly(log: CheckedPipeline['log'], lane: Lane): Promise<readonly PlainOutput[]> {
  const outputs: PlainOutput[] = [];
  const tiers = [{ version: TIER_VERSION, encoding: tierEncoding }];
  const wiring = { lane, reader: timelineReader, scores: Object.values(facetEntries), tiers };
  const fold = new PlainFold(wiring, (output) => outputs.push(output));
  for await (const record of readLane(log, 'timeline', lane)) fold.fold(record);
  return outputs;
}

async function checkTopic(
  log: CheckedPipeline['log'],
  topic: string,
  lane: Lane,
  outputs: readonly PlainOutput[],
  findings: Findings,
): Promise<void> {
  const expected = outputs.filter((output) => output.topic === topic).map((output) => expectedChange(topic, output));
  if (topic === 'tier-changes') {
    findings.compared.tierChangesBySilence += outputs.filter(
      (output) => output.topic === topic && isBySilence(output),
    ).length;
  }
  const wire: WireRecord[] = [];
  const steps: TierStep[] = [];
  for await (const record of readLane(log, topic, lane)) {
    wire.push(wireRecord(topic, record));
    if (topic === 'tier-changes') steps.push(tierStep(record));
  }
  const where = `${topic}, lane ${lane}`;
  checkChanges(where, wire, expected, findings);
  checkChains(where, steps, findings);
}

function expectedChange(topic: string, output: PlainOutput): ExpectedChange {
  const { customerId, timelineOffset } = output;
  const record = { key: Buffer.from(customerId), value: output.value, headers: output.headers };
  return { identity: changeOf(topic, record).identity, timelineOffset, content: contentOf(record) };
}

function wireRecord(topic: string, record: LogRecord): WireRecord {
  const { offset, headers, value } = record;
  const { type, schema } = readOutputHeaders(headers);
  if (type === 'progress') {
    const { timelineOffset } = codecs.progress.decode(value ?? new Uint8Array(), schema);
    return { kind: 'progress', offset, timelineOffset };
  }
  return { kind: 'change', offset, ...changeOf(topic, record), content: contentOf(record) };
}

function changeOf(topic: string, { key, value, headers }: NewRecord) {
  const codec = CHANGE_CODECS.get(topic);
  if (codec === undefined) throw new Error(`expected a topic of changes, found ${topic}`);
  const change = codec.decode(value ?? new Uint8Array(), headers['schema'] ?? '');
  const step = 'step' in change ? change.step : 0;
  const identity = `timeline ${change.timelineOffset} at ${change.effectiveAt}, step ${step}, ${textOf(key)}`;
  return { identity, number: change.number };
}

function tierStep({ offset, key, value, headers }: LogRecord): TierStep {
  const codec = codecs['tier-change'];
  const { number, change, from, to } = codec.decode(value ?? new Uint8Array(), headers['schema'] ?? '');
  return { offset, number, customerId: textOf(key), change, from, to };
}

function isBySilence({ value, headers }: PlainOutput): boolean {
  const { causes } = codecs['tier-change'].decode(value, headers['schema'] ?? '');
  return causes.every(({ kind }) => kind === 'silence');
}

/** The folds' dead letters have no numbers: their content names them. */
async function checkLetters(
  log: CheckedPipeline['log'],
  lane: Lane,
  outputs: readonly PlainOutput[],
  { problems, wireDuplicates }: Findings,
): Promise<void> {
  const letters = outputs.filter(({ topic }) => topic === 'dead-letters');
  const expected = new Set(
    letters.map(({ customerId, value, headers }) => {
      return contentOf({ key: Buffer.from(customerId), value, headers });
    }),
  );
  const found = new Set<string>();
  for await (const record of readLane(log, 'dead-letters', lane)) {
    const { service } = codecs['dead-letter'].decode(record.value ?? new Uint8Array(), record.headers['schema'] ?? '');
    if (service === 'unify') continue;
    const content = contentOf(record);
    if (found.has(content)) wireDuplicates.deadLetters++;
    else if (!expected.has(content)) {
      problems.ghosts.push(
        `dead-letters, lane ${lane}, offset ${record.offset}: a letter of ${service} without a reason`,
      );
    }
    found.add(content);
  }
  const missing = [...expected].filter((content) => !found.has(content)).length;
  if (missing > 0) problems.lost.push(`dead-letters, lane ${lane}: ${missing} letters of the folds were never sent`);
}

async function checkFacets(pipeline: CheckedPipeline, lane: Lane, { problems, compared }: Findings): Promise<void> {
  const services = new Set(foldServices.map(({ name }) => name));
  const { signal } = new AbortController();
  const verified = await verifyLane(pipeline, lane, { services, sample: null, signal });
  if (verified.kind !== 'compared') {
    const why = verified.kind === 'unverifiable' ? verified.why : 'it moves, or is part-way in a record';
    problems.torn.push(`state of lane ${lane}: cannot be compared: ${why}`);
    return;
  }
  compared.customers += verified.customers;
  if (verified.behind > 0) problems.lost.push(`state of lane ${lane}: ${verified.behind} timeline records not folded`);
  for (const { kind, service, customerId, expected, found } of verified.differences) {
    // Changes of tier are compared above, more closely.
    if (kind !== 'facet') continue;
    const what = `state of lane ${lane}: the facet ${service} of ${customerId}`;
    if (found === null) problems.lost.push(`${what} is missing`);
    else if (expected === null) problems.ghosts.push(`${what} follows from nothing in the log`);
    else problems.torn.push(`${what} differs`);
  }
}

function contentOf({ key, value, headers }: NewRecord): string {
  return `${textOf(key)} ${JSON.stringify(headers)} ${value === null ? 'none' : Buffer.from(value).toString('base64')}`;
}

function textOf(key: Uint8Array | null): string {
  return key === null ? 'none' : Buffer.from(key).toString('utf8');
}
