import {
  ContractError,
  codecs,
  decodeTimeline,
  originText,
  parseCustomerKey,
  readTimelineHeaders,
} from '@tidemark/contracts';
import type { TimelineEventType } from '@tidemark/domain';
import { readPolicy } from '@tidemark/policy/formats';
import type { LogRecord, TimelineReader, TimelineRecord } from '@tidemark/stream';
import { orFault } from './or-fault.ts';

/** Reads timeline records as unify wrote them. What cannot be read is a Fault: `corrupt-record`, or `unknown-schema`. */
export const timelineReader: TimelineReader = {
  record(record) {
    return ofTimeline(record.offset, () => readRecord(record));
  },
  event(record) {
    return ofTimeline(record.offset, () =>
      decodeTimeline(record.type as TimelineEventType, fingerprintOf(record), bytesOf(record)),
    );
  },
  policy(record) {
    return ofTimeline(record.offset, () => {
      const { number, document, format, versions } = codecs['timeline-policy'].decode(
        bytesOf(record),
        fingerprintOf(record),
      );
      return { number, document, format, versions, policy: readPolicy(format, document) };
    });
  },
  cutover(record) {
    return ofTimeline(record.offset, () => codecs['timeline-cutover'].decode(bytesOf(record), fingerprintOf(record)));
  },
  policyOf: (document, format) => orFault('the policy in force', '', () => readPolicy(format, document)),
};

function readRecord(record: LogRecord): TimelineRecord {
  const { type, origin, logTime, eventId, clock, rawAppendedAtMs, schema, isHeld } = readTimelineHeaders(
    record.headers,
  );
  const key = record.key === null ? null : parseCustomerKey(record.key);
  if (key !== null && !key.ok) {
    throw new ContractError('invalid-record', `expected a customer id as the key, found one that is ${key.problem}`);
  }
  return {
    offset: record.offset,
    type,
    customerId: key === null ? null : key.customerId,
    logTime,
    origin,
    originText: origin === null ? null : originText(origin),
    eventId,
    clock,
    rawAppendedAtMs,
    schema,
    isHeld,
    source: record,
  };
}

function bytesOf({ source }: TimelineRecord): Uint8Array {
  if (source.value === null) throw new ContractError('corrupt-record', 'expected a value, found none');
  return source.value;
}

function fingerprintOf({ schema }: TimelineRecord): string {
  return schema ?? '';
}

function ofTimeline<Result>(offset: number, read: () => Result): Result {
  return orFault(`timeline, offset ${offset}`, ADVICE, read);
}

const ADVICE = 'Something other than unify wrote there: start over in a new namespace.';
