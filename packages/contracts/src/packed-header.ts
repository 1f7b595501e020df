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
  readonly isHeld: boolean;
}

/** Of the timeline's newest format, with which the header begins. Format 1 are the seven headers, which say none. */
export const PACKED_FORMAT = 2;

/** Where nothing stands. */
const NONE = '-';
/** The one flag there is: the record is of a held id, and no step of any fold. */
const HELD = 'held';
const A_FORMAT = /^[1-9][0-9]{0,5}$/;

/**
 * One line of fields in a fixed order, a space between two. The event's id stands last, as it is: what is behind the ninth space,
 * whatever it holds; a record without one ends before that space.
 */
export function packHeader(written: WrittenTimelineHeaders): string {
  const { type, clock, logTime, rawAppendedAt = NONE, schema = NONE, origin = NONE, eventId, isHeld } = written;
  const fields = `${PACKED_FORMAT} ${type} ${clock} ${logTime} ${rawAppendedAt} ${schema} ${origin} ${isHeld ? HELD : NONE} ${NONE}`;
  return eventId === undefined ? fields : `${fields} ${eventId}`;
}

/**
 * Reads it back. A traceparent says nothing about the record, and is passed over; a flag does. Throws `unknown-header` for a
 * format or a flag of a later build, `invalid-header` for what no build wrote.
 */
export function unpackHeader(text: string): WrittenTimelineHeaders {
  const ofFormat = text.indexOf(' ');
  if (ofFormat !== 1 || text.charCodeAt(0) !== OWN_FORMAT) throw otherFormat(text, ofFormat);
  const ofType = text.indexOf(' ', ofFormat + 1);
  const ofClock = text.indexOf(' ', ofType + 1);
  const ofLogTime = text.indexOf(' ', ofClock + 1);
  const ofAppended = text.indexOf(' ', ofLogTime + 1);
  const ofSchema = text.indexOf(' ', ofAppended + 1);
  const ofOrigin = text.indexOf(' ', ofSchema + 1);
  const ofFlags = text.indexOf(' ', ofOrigin + 1);
  // Where a field is missing an index went back to -1, and the search began anew.
  const isWhole = ofType > 0 && ofClock > ofType && ofLogTime > ofClock && ofAppended > ofLogTime;
  if (!isWhole || !(ofSchema > ofAppended && ofOrigin > ofSchema && ofFlags > ofOrigin)) throw notPacked();
  const ofTraceparent = text.indexOf(' ', ofFlags + 1);
  const end = ofTraceparent < 0 ? text.length : ofTraceparent;
  if (end === ofFlags + 1 || ofFlags === ofOrigin + 1) throw notPacked();
  const isHeld = !isNone(text, ofOrigin + 1, ofFlags);
  if (isHeld && text.slice(ofOrigin + 1, ofFlags) !== HELD) throw unknownHeader(`no flag but ${HELD}`, 'another');
  return {
    type: text.slice(ofFormat + 1, ofType),
    clock: text.slice(ofType + 1, ofClock),
    logTime: text.slice(ofClock + 1, ofLogTime),
    rawAppendedAt: orNone(text, ofLogTime + 1, ofAppended),
    schema: orNone(text, ofAppended + 1, ofSchema),
    origin: orNone(text, ofSchema + 1, ofOrigin),
    eventId: ofTraceparent < 0 ? undefined : text.slice(ofTraceparent + 1),
    isHeld,
  };
}

const OWN_FORMAT = String(PACKED_FORMAT).charCodeAt(0);
const DASH = NONE.charCodeAt(0);

function isNone(text: string, from: number, to: number): boolean {
  return to === from + 1 && text.charCodeAt(from) === DASH;
}

function orNone(text: string, from: number, to: number): string | undefined {
  return isNone(text, from, to) ? undefined : text.slice(from, to);
}

function otherFormat(text: string, end: number): ContractError {
  const format = end < 0 ? text : text.slice(0, end);
  return A_FORMAT.test(format) ? unknownHeader(`format ${PACKED_FORMAT}`, `format ${format}`) : notPacked();
}

function notPacked(): ContractError {
  return invalidHeader('head', 'nine fields behind each other, a space between two');
}

function unknownHeader(expected: string, found: string): ContractError {
  const message = `header head: expected ${expected}, as this build knows, found ${found}. A newer build wrote it: upgrade this one`;
  return new ContractError('unknown-header', message, { header: 'head' });
}
