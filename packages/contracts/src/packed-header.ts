import { ContractError } from './errors.ts';
import { invalidHeader } from './header-values.ts';

/** What the headers of a timeline record say, in either form, before it is read; undefined where nothing stands. */
export interface WrittenTimelineHeaders {
  readonly type: string | undefined;
  readonly origin: string | undefined;
  readonly logTime: string | undefined;
  readonly clock: string | undefined;
  readonly schema: string | undefined;
  readonly eventId: string | undefined;
  readonly rawAppendedAt: string | undefined;
}

/** Of the timeline's newest format, with which the header begins. Format 1 are the seven headers, which say none. */
export const PACKED_FORMAT = 2;

/** Where nothing stands. */
const NONE = '-';
/** Before the event's id: format, type, clock, log time, append time, schema, origin, flags, traceparent. */
const FIELDS = 9;
const A_FORMAT = /^[1-9][0-9]{0,5}$/;

/**
 * One line of fields in a fixed order, a space between two. The event's id stands last, as it is: what is behind the ninth space,
 * whatever it holds; a record without one ends before that space.
 */
export function packHeader(written: WrittenTimelineHeaders): string {
  const { type, clock, logTime, rawAppendedAt = NONE, schema = NONE, origin = NONE, eventId } = written;
  const fields = `${PACKED_FORMAT} ${type} ${clock} ${logTime} ${rawAppendedAt} ${schema} ${origin} ${NONE} ${NONE}`;
  return eventId === undefined ? fields : `${fields} ${eventId}`;
}

/**
 * Reads it back. A traceparent says nothing about the record, and is passed over; a flag does. Throws `unknown-header` for a
 * format or a flag of a later build, `invalid-header` for what no build wrote.
 */
export function unpackHeader(text: string): WrittenTimelineHeaders {
  const [format = '', type, clock, logTime, rawAppendedAt, schema, origin, flags, traceparent] = text.split(
    ' ',
    FIELDS,
  );
  if (format !== OWN_FORMAT && A_FORMAT.test(format))
    throw unknownHeader(`format ${PACKED_FORMAT}`, `format ${format}`);
  if (format !== OWN_FORMAT || type === undefined || clock === undefined || logTime === undefined) throw notPacked();
  if (rawAppendedAt === undefined || schema === undefined || origin === undefined) throw notPacked();
  if (flags === undefined || traceparent === undefined || flags === '' || traceparent === '') throw notPacked();
  if (flags !== NONE) throw unknownHeader('no flags', 'some');
  const end =
    format.length +
    type.length +
    clock.length +
    logTime.length +
    rawAppendedAt.length +
    schema.length +
    origin.length +
    flags.length +
    traceparent.length +
    FIELDS;
  return {
    type,
    clock,
    logTime,
    rawAppendedAt: orNone(rawAppendedAt),
    schema: orNone(schema),
    origin: orNone(origin),
    eventId: end > text.length ? undefined : text.slice(end),
  };
}

const OWN_FORMAT = String(PACKED_FORMAT);

function orNone(field: string): string | undefined {
  return field === NONE ? undefined : field;
}

function notPacked(): ContractError {
  return invalidHeader('head', 'nine fields behind each other, a space between two');
}

function unknownHeader(expected: string, found: string): ContractError {
  const message = `header head: expected ${expected}, as this build knows, found ${found}. A newer build wrote it: upgrade this one`;
  return new ContractError('unknown-header', message, { header: 'head' });
}
