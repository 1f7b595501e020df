import { DAY_MS, type TimeMs } from '@tidemark/domain';
import { InvalidArgumentError } from 'commander';

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?Z$/;
/** Later years are typing errors, and would tick the clock for decades. */
const YEAR_MAX = 2_099;

/** The start of a UTC day, such as 1998-03-31. */
export function parseDate(text: string): TimeMs {
  const time = DATE.test(text) ? utcOf(`${text}T00:00:00Z`) : null;
  if (time !== null) return time;
  throw new InvalidArgumentError(`Expected a day from 1970-01-01 to ${YEAR_MAX}-12-31, such as 1998-03-31, in UTC.`);
}

/** A moment, such as 1998-03-31T18:00:00Z; a date alone is the end of its day. */
export function parseMoment(text: string): TimeMs {
  if (DATE.test(text)) return (parseDate(text) + DAY_MS - 1) as TimeMs;
  const time = TIME.test(text) ? utcOf(text) : null;
  if (time !== null) return time;
  throw new InvalidArgumentError(
    'Expected a day, such as 1998-03-31, or a moment, such as 1998-03-31T18:00:00Z, in UTC.',
  );
}

/** JavaScript makes 2 March of 30 February: a time must be written as it reads back. */
function utcOf(text: string): TimeMs | null {
  const time = Date.parse(text);
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 16) !== text.slice(0, 16)) return null;
  return time >= 0 && Number(text.slice(0, 4)) <= YEAR_MAX ? (time as TimeMs) : null;
}

/** A name of `TextDecoder`'s, which takes `latin1` for windows-1252, as browsers do. */
export function parseEncoding(text: string): string {
  try {
    return new TextDecoder(text).encoding;
  } catch {
    throw new InvalidArgumentError(
      'Expected an encoding of the WHATWG Encoding Standard, such as latin1, windows-1252, utf-16le or shift_jis.',
    );
  }
}

export function parseWholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
  };
}
