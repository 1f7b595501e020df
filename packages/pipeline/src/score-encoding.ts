import {
  type ChangeRecord,
  type Codec,
  ContractError,
  changeCodecOf,
  changeRecordTypeOf,
  changeTopicOf,
  codecs,
  outputHeaders,
  parseCustomerKey,
  readOutputHeaders,
  type TierChangeRecord,
} from '@tidemark/contracts';
import { type CustomerId, type ScoreName, scoreNames, type View } from '@tidemark/domain';
import {
  type Encoded,
  type FoldDeadLetter,
  type LogRecord,
  type ScoreEncoding,
  type ScoreRecord,
  TIER_VERSION,
  type TierEncoding,
} from '@tidemark/stream';
import { orFault } from './or-fault.ts';

/** Writes a score's changes as records of its own type. */
export function scoreEncoding(score: ScoreName): ScoreEncoding<View> {
  const codec = changeCodecOf(score);
  const headers = outputHeaders(changeRecordTypeOf(score));
  return {
    changeTopic: changeTopicOf(score),
    change({ from, to, cause }, { number, timelineOffset, effectiveAt, phase }) {
      // The schema has the fields of this score's view; a view that lacks one does not encode.
      return { value: codec.encode({ number, timelineOffset, effectiveAt, step: phase, from, to, cause }), headers };
    },
    progress: encodeProgress,
    deadLetter: encodeDeadLetter,
  };
}

/** Of a facet whose changes nobody is told of. */
export const silentEncoding: ScoreEncoding<View> = {
  changeTopic: null,
  change: refuseToTell,
  progress: refuseToTell,
  deadLetter: encodeDeadLetter,
};

export const tierEncoding: TierEncoding = {
  changeTopic: 'tier-changes',
  change({ decision, causes, policyNumber, words }, { number, timelineOffset, effectiveAt }) {
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
      foldVersion: TIER_VERSION,
      epoch: null,
    };
    return { value: codec.encode(record), headers: outputHeaders('tier-change', codec.fingerprintFor(record)) };
  },
  deadLetter: encodeDeadLetter,
};

/** Reads a score's change topic for those who join it. What cannot be read is a Fault: `corrupt-record`, or `unknown-schema`. */
export function readScoreRecord(score: string, record: LogRecord): ScoreRecord {
  return orFault(`changes of ${score}, offset ${record.offset}`, ADVICE, () => readRecord(score, record));
}

const ADVICE = 'Something else wrote there: rebuild the score into a new topic.';

const CODECS: ReadonlyMap<string, Codec<ChangeRecord>> = new Map(scoreNames.map((name) => [name, changeCodecOf(name)]));

function readRecord(score: string, record: LogRecord): ScoreRecord {
  const { type, schema } = readOutputHeaders(record.headers);
  const value = record.value ?? NOTHING;
  if (type === 'marker') return { kind: 'marker' };
  if (type === 'progress') return { kind: 'progress', ...codecs.progress.decode(value, schema) };
  const key = parseCustomerKey(record.key);
  const codec = CODECS.get(score);
  if (type !== 'change' || codec === undefined || !key.ok) {
    throw new ContractError('corrupt-record', 'expected a change with a customer id as its key, found another record');
  }
  const { number, timelineOffset, effectiveAt, to, cause } = codec.decode(value, schema);
  const customerId: CustomerId = key.customerId;
  return { kind: 'change', change: { score, number, timelineOffset, effectiveAt, customerId, to, cause } };
}

function refuseToTell(): never {
  throw new Error('a facet without a change topic publishes nothing');
}

function encodeProgress(timelineOffset: number, number: number): Encoded {
  return { value: codecs.progress.encode({ timelineOffset, number }), headers: PROGRESS_HEADERS };
}

function encodeDeadLetter({ refused, ...letter }: FoldDeadLetter): Encoded {
  const value = codecs['dead-letter'].encode({ ...letter, ...refused });
  return { value, headers: DEAD_LETTER_HEADERS };
}

const NOTHING = new Uint8Array();
const PROGRESS_HEADERS = outputHeaders('progress');
const DEAD_LETTER_HEADERS = outputHeaders('dead-letter');
