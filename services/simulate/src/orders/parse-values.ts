import { AMOUNT_MINOR_MAX } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';

export const TIME_EXPECTED =
  'a date or date-time from 1970 to 2099 in ISO 8601, such as 2024-03-31 or 2024-03-31T18:05:00Z';

const ISO_TIME =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;
/** Later years are typing errors, and would tick the clock for decades. */
const YEAR_MAX = 2099;

/** An ISO date or date-time; UTC where no zone is given. Null for anything else, such as 30 February. */
export function parseTime(text: string): TimeMs | null {
  const match = ISO_TIME.exec(text);
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0));
  if (year === undefined || month === undefined || day === undefined) return null;
  if (hour === undefined || minute === undefined || second === undefined) return null;
  if (hour > 23 || minute > 59 || second > 59) return null;
  const offsetMs = zoneOffsetMs(match[8]);
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || offsetMs === null) return null;
  const milliseconds = Math.floor(Number(`0.${match[7] ?? '0'}`) * 1000);
  const time = Date.UTC(year, month - 1, day, hour, minute, second, milliseconds) - offsetMs;
  return time >= 0 && time < Date.UTC(YEAR_MAX + 1, 0, 1) ? (time as TimeMs) : null;
}

function zoneOffsetMs(zone: string | undefined): number | null {
  if (zone === undefined || zone === 'Z' || zone === 'z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(-2));
  if (hours > 14 || minutes > 59) return null;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/**
 * A decimal number in major units as an integer in minor units of `digits` decimals, without rounding: more decimals
 * must be zeros. Null for anything else: a sign, an exponent, separators of thousands.
 */
export function parseAmountMinor(text: string, digits: number): number | null {
  if (!/^\d{1,16}(\.\d{1,20})?$/.test(text)) return null;
  const [whole = '', fraction = ''] = text.split('.');
  if (/[1-9]/.test(fraction.slice(digits))) return null;
  const minor = Number(whole + fraction.slice(0, digits).padEnd(digits, '0'));
  return minor <= AMOUNT_MINOR_MAX ? minor : null;
}
