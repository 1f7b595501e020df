import { AMOUNT_MINOR_MAX } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';

const ISO_TIME =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;

/** An ISO date or date-time; UTC where no zone is given. Null for anything else, such as 30 February. */
export function parseTime(text: string): TimeMs | null {
  const match = ISO_TIME.exec(text);
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0));
  if (year === undefined || month === undefined || day === undefined) return null;
  if (hour === undefined || minute === undefined || second === undefined) return null;
  if (hour > 23 || minute > 59 || second > 59) return null;
  const offsetMs = zoneOffsetMs(match[8]);
  const date = new Date(0);
  // Not Date.UTC, which takes the years 0 to 99 for others.
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || offsetMs === null) return null;
  const milliseconds = Math.floor(Number(`0.${match[7] ?? '0'}`) * 1000);
  return (date.setUTCHours(hour, minute, second, milliseconds) - offsetMs) as TimeMs;
}

function zoneOffsetMs(zone: string | undefined): number | null {
  if (zone === undefined || zone === 'Z' || zone === 'z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(-2));
  if (hours > 14 || minutes > 59) return null;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** What to expect instead of a time that cannot be read. */
export function timeExpected(text: string): string {
  const form = 'a date or date-time in ISO 8601, such as 2024-03-31 or 2024-03-31T18:05:00Z';
  if (/^\d{5}(\.\d+)?$/.test(text)) return `${form}, not a spreadsheet's number for a day`;
  if (/^\d{10}$/.test(text)) return `${form}, not seconds since 1970`;
  if (/^\d{13}$/.test(text)) return `${form}, not milliseconds since 1970`;
  return form;
}

/**
 * A decimal number in major units as an integer in minor units of `digits` decimals, without rounding: more decimals
 * must be zeros. Null for anything else: a plus, an exponent, separators of thousands, a decimal comma, a currency.
 */
export function parseAmountMinor(text: string, digits: number): number | null {
  if (!/^-?\d{1,16}(\.\d{1,20})?$/.test(text)) return null;
  const [whole = '', fraction = ''] = text.split('.');
  if (/[1-9]/.test(fraction.slice(digits))) return null;
  const minor = Number(whole + fraction.slice(0, digits).padEnd(digits, '0'));
  if (Math.abs(minor) > AMOUNT_MINOR_MAX) return null;
  // -0.00 is 0.
  return minor === 0 ? 0 : minor;
}

/** What to expect instead of an amount that cannot be read. */
export function amountExpected(text: string, digits: number, currency: string): string {
  const form = `a decimal number with at most ${digits} decimals (${currency}), such as ${(1234.5).toFixed(digits)}`;
  if (/^-?\d[\d.\s']*,\d{1,2}$/.test(text)) return `${form}: a point, not a comma, before the decimals`;
  if (/^-?\d{1,3}([,.\s']\d{3})+([.,]\d+)?$/.test(text)) return `${form}: no separators of thousands`;
  if (/^-?\d+([.,]\d+)?e[+-]?\d+$/i.test(text)) return `${form}: no exponent, as spreadsheets write one`;
  if (/\d/.test(text) && /[^\d.,\s'+-]/.test(text)) return `${form}: no currency, which has a column of its own`;
  return form;
}
