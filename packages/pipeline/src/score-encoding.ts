import {
  type ChangeRecord,
  type Codec,
  ContractError,
  changeCodecOf,
  changeRecordTypeOf,
  changeTopicOf,
  codecs,
  type Headers,
  type OutputRecordType,
  outputHeaders,
  parseCustomerKey,
  readOutputHeaders,
  type TierChangeRecord,
} from '@tidemark/contracts';
import {
  type CustomerId,
  facets,
  type ScoreName,
  scoreNames,
  TIER_FIRST_VERSION,
  type TimeMs,
  type View,
} from '@tidemark/domain';
import type {
  Encoded,
  FoldDeadLetter,
  LogRecord,
  ScoreEncoding,
  ScoreRecord,
  TierEncoding,
  ToldOutput,
} from '@tidemark/stream';
import { orFault } from './or-fault.ts';

/** Writes a score's changes as records of its own type. */
export function scoreEncoding(score: ScoreName): ScoreEncoding<View> {
  const codec = changeCodecOf(score);
  const headersOf = headersBySchema(changeRecordTypeOf(score));
  return {
    changeTopic: changeTopicOf(score),
    change({ from, to, cause }, { number, timelineOffset, effectiveAt, phase }, foldVersion) {
      // The schema has the fields of this score's view; a view that lacks one does not encode.
      const record: ChangeRecord = { number, timelineOffset, effectiveAt, step: phase, from, to, cause, foldVersion };
      return { value: codec.encode(record), headers: headersOf(codec.fingerprintFor(record)) };
    },
    progress: encodeProgress,
    deadLetter: encodeDeadLetter,
    told: { read: (record) => readToldByScore(score, record), marker: encodeMarker },
  };
}

/** Of a facet whose changes nobody is told of. */
export const silentEncoding: ScoreEncoding<View> = {
  changeTopic: null,
  change: refuseToTell,
  progress: refuseToTell,
  deadLetter: encodeDeadLetter,
  told: null,
};

export const tierEncoding: TierEncoding = {
  changeTopic: 'tier-changes',
  change({ decision, causes, policyNumber, words }, { number, timelineOffset, effectiveAt }, foldVersion) {
    const codec = codecs['tier-change'];
    const record: TierChangeRecord = {
      number,
      timelineOffset,
      effectiveAt,
      change: decision.number,
      from: decision.from,
      to: decision.to,
      direction: decision.direction,
      points: decision.points,
      reasons: decision.reasons.map(({ view, value, points }) => ({ view, value: String(value), points })),
      causes,
      policyNumber,
      ...words,
      foldVersion,
      epoch: null,
    };
    return { value: codec.encode(record), headers: outputHeaders('tier-change', codec.fingerprintFor(record)) };
  },
  deadLetter: encodeDeadLetter,
  told: { read: readToldByTier, marker: encodeMarker },
};

/** Reads a score's change topic for those who join it. What cannot be read is a Fault: `corrupt-record`, or `unknown-schema`. */
export function readScoreRecord(score: string, record: LogRecord): ScoreRecord {
  return orFault(`changes of ${score}, offset ${record.offset}`, ADVICE, () => readRecord(score, record));
}

/** The same for the rule of versions: also what it tells of whom. */
export function readToldByScore(score: string, source: LogRecord): ToldOutput {
  const record = readScoreRecord(score, source);
  if (record.kind === 'marker') return record;
  const { version } = record;
  if (record.kind === 'progress') return { kind: 'progress', version, number: record.number };
  const { number, customerId, to } = record.change;
  return { kind: 'change', version, number, customerId, told: { view: to } };
}

function readToldByTier(source: LogRecord): ToldOutput {
  return orFault(`tier-changes, offset ${source.offset}`, ADVICE, () => {
    const { type, schema } = readOutputHeaders(source.headers);
    const value = source.value ?? NOTHING;
    if (type === 'marker') return { kind: 'marker', version: codecs.marker.decode(value, schema).foldVersion ?? 0 };
    const key = parseCustomerKey(source.key);
    if (type !== 'change' || !key.ok) throw notAChange();
    const { number, to, change, effectiveAt, foldVersion } = codecs['tier-change'].decode(value, schema);
    const { customerId } = key;
    const version = foldVersion ?? TIER_FIRST_VERSION;
    return { kind: 'change', version, number, customerId, told: { tier: to, changes: change, at: effectiveAt } };
  });
}

function notAChange(): ContractError {
  return new ContractError('corrupt-record', 'expected a change with a customer id as its key, found another record');
}

const ADVICE = 'Something else wrote there: rebuild the score into a new topic.';

const FIRST_VERSIONS: ReadonlyMap<string, number> = new Map(
  scoreNames.map((name) => [name, facets[name].firstVersion]),
);
const CODECS: ReadonlyMap<string, Codec<ChangeRecord>> = new Map(scoreNames.map((name) => [name, changeCodecOf(name)]));

function readRecord(score: string, record: LogRecord): ScoreRecord {
  const { type, schema } = readOutputHeaders(record.headers);
  const value = record.value ?? NOTHING;
  if (type === 'marker') return { kind: 'marker', version: codecs.marker.decode(value, schema).foldVersion ?? 0 };
  const firstVersion = FIRST_VERSIONS.get(score) ?? 1;
  if (type === 'progress') {
    const { timelineOffset, number, foldVersion } = codecs.progress.decode(value, schema);
    return { kind: 'progress', version: foldVersion ?? firstVersion, timelineOffset, number };
  }
  const key = parseCustomerKey(record.key);
  const codec = CODECS.get(score);
  if (type !== 'change' || codec === undefined || !key.ok) {
    throw notAChange();
  }
  const { number, timelineOffset, effectiveAt, to, cause, foldVersion } = codec.decode(value, schema);
  const customerId: CustomerId = key.customerId;
  const change = { score, number, timelineOffset, effectiveAt, customerId, to, cause };
  return { kind: 'change', version: foldVersion ?? firstVersion, change };
}

/** Of many records of a few schemas: each made once. */
function headersBySchema(recordType: OutputRecordType): (schema: string) => Headers {
  const known = new Map<string, Headers>();
  return (schema) => {
    const headers = known.get(schema) ?? outputHeaders(recordType, schema);
    known.set(schema, headers);
    return headers;
  };
}

function refuseToTell(): never {
  throw new Error('a facet without a change topic publishes nothing');
}

function encodeProgress(timelineOffset: number, number: number, foldVersion: number | null): Encoded {
  const record = { timelineOffset, number, foldVersion };
  return { value: codecs.progress.encode(record), headers: progressHeaders(codecs.progress.fingerprintFor(record)) };
}

function encodeMarker(timelineOffset: number, effectiveAt: TimeMs, foldVersion: number): Encoded {
  const value = codecs.marker.encode({ timelineOffset, effectiveAt, foldVersion, epoch: null });
  return { value, headers: MARKER_HEADERS };
}

function encodeDeadLetter({ refused, ...letter }: FoldDeadLetter): Encoded {
  const value = codecs['dead-letter'].encode({ ...letter, ...refused });
  return { value, headers: DEAD_LETTER_HEADERS };
}

const NOTHING = new Uint8Array();
const progressHeaders = headersBySchema('progress');
const MARKER_HEADERS = outputHeaders('marker');
const DEAD_LETTER_HEADERS = outputHeaders('dead-letter');
