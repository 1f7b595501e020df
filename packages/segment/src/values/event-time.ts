import { OCCURRED_AT_MAX_MS, parseIsoTime } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { Refusal } from '../outcome.ts';
import type { SourceKind } from '../source.ts';
import { kindOf } from './texts.ts';

/** A device's clock that is off by less is not told from the way that its event went. */
export const SKEW_MIN_MS = 60_000;
/** A clock that is off by more says nothing about when it was. */
export const SKEW_MAX_MS = 86_400_000;
/** unify takes no event that is further ahead. */
export const FUTURE_MAX_MS = 300_000;
/** Numbers below are seconds: in ms they would lie before March 1973. */
const SECONDS_BELOW = 1e11;

const TIME_EXPECTED =
  'ISO 8601 with a zone, or a number of seconds or milliseconds since 1970, up to the end of year 9999';

const LENIENT =
  /^(\d{4})-(\d{1,2})-(\d{1,2})[T ](\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.(\d{1,9}))?\s?(Z|[+-]\d{2}(?::?\d{2})?)$/i;

/** Null where there is none. Throws a Refusal for what cannot be read: times are never guessed. */
export function readTime(value: unknown, field: string): TimeMs | null {
  if (value === undefined || value === null || value === '') return null;
  const ms = typeof value === 'number' ? numberMs(value) : typeof value === 'string' ? textMs(value) : null;
  if (ms !== null && ms >= 0 && ms <= OCCURRED_AT_MAX_MS) return ms as TimeMs;
  throw new Refusal('invalid-time', field, TIME_EXPECTED, ms === null ? kindOf(value) : 'a time beyond these');
}

function numberMs(value: number): number {
  return Math.floor(value < SECONDS_BELOW ? Math.round(value * 1_000) : value);
}

function textMs(text: string): number | null {
  const strict = parseIsoTime(text);
  if (strict !== null) return strict;
  const [, year, month = '', day = '', hour = '', minute, second = '00', fraction, zone = ''] =
    LENIENT.exec(text.trim()) ?? [];
  if (year === undefined) return null;
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  const offset = zone.toUpperCase() === 'Z' ? 'Z' : `${zone.charAt(0)}${digits.slice(0, 2)}:${digits.slice(2)}`;
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const time = `${hour.padStart(2, '0')}:${minute}:${second}${fraction === undefined ? '' : `.${fraction}`}`;
  return parseIsoTime(`${date}T${time}${offset}`);
}

export interface EventTimes {
  readonly timestamp: unknown;
  readonly originalTimestamp: unknown;
  readonly sentAt: unknown;
  readonly receivedAt: TimeMs;
}

/**
 * When an event occurred. Of a browser the device's clock is put right by the time that the sending took (never for servers:
 * an archived batch has an old sentAt), and what lies in the future all the same occurred when it came.
 */
export function occurredAtOf(
  { timestamp, originalTimestamp, sentAt, receivedAt }: EventTimes,
  kind: SourceKind,
): TimeMs {
  const said = readTime(timestamp, 'timestamp') ?? readTime(originalTimestamp, 'originalTimestamp');
  if (said === null) return receivedAt;
  if (kind !== 'browser') {
    if (said - receivedAt <= FUTURE_MAX_MS) return said;
    throw new Refusal('future', 'timestamp', 'a time of at most five minutes ahead', 'a later one');
  }
  return Math.min(said + skewOf(sentAt, receivedAt), receivedAt) as TimeMs;
}

/** How much is to be added to what a device's clock said. */
function skewOf(sentAt: unknown, receivedAt: TimeMs): number {
  const sent = readTime(sentAt, 'sentAt');
  if (sent === null) return 0;
  const skew = receivedAt - sent;
  if (Math.abs(skew) <= SKEW_MIN_MS) return 0;
  if (Math.abs(skew) <= SKEW_MAX_MS) return skew;
  throw new Refusal('invalid-time', 'sentAt', 'a clock that is at most a day off', 'one that is further off');
}
