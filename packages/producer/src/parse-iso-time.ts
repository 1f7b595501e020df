const FORM =
  /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)T(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)(?:\.(?<fraction>\d{1,9}))?(?:Z|(?<sign>[+-])(?<zoneHour>\d\d):(?<zoneMinute>\d\d))$/;

/**
 * Ms since 1970 of ISO 8601 text with seconds and a zone, below a ms cut off; null for anything else. `Date.parse` would
 * take text without a zone as the machine's local time, and the 30th of February as a day of March.
 */
export function parseIsoTime(text: string): number | null {
  const parts = FORM.exec(text)?.groups;
  if (parts === undefined) return null;
  const [hour, minute, second] = [Number(parts['hour']), Number(parts['minute']), Number(parts['second'])];
  const [zoneHour, zoneMinute] = [Number(parts['zoneHour'] ?? 0), Number(parts['zoneMinute'] ?? 0)];
  if (hour > 23 || minute > 59 || second > 59 || zoneHour > 23 || zoneMinute > 59) return null;
  const [year, month, day] = [Number(parts['year']), Number(parts['month']), Number(parts['day'])];
  const midnight = new Date(0);
  midnight.setUTCFullYear(year, month - 1, day);
  // A day that its month does not have lies in another.
  if (midnight.getUTCMonth() !== month - 1) return null;
  const ms = Number((parts['fraction'] ?? '').slice(0, 3).padEnd(3, '0'));
  const offsetMinutes = (parts['sign'] === '-' ? -1 : 1) * (zoneHour * 60 + zoneMinute);
  return midnight.getTime() + ((hour * 60 + minute - offsetMinutes) * 60 + second) * 1_000 + ms;
}
