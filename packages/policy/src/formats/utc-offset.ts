/** Minutes ahead of UTC of an offset written as +08:00, in quarters of an hour from -12:00 to +14:00; null for other text. */
export function parseUtcOffset(text: string): number | null {
  const [, sign, hours, minutes] = UTC_OFFSET.exec(text) ?? [];
  if (sign === undefined) return null;
  const ahead = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
  return ahead >= -12 * 60 && ahead <= 14 * 60 ? ahead + 0 : null;
}

const UTC_OFFSET = /^([+-])(\d\d):(00|15|30|45)$/;

/** The same offset as people write it. */
export function formatUtcOffset(minutes: number): string {
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(rest).padStart(2, '0')}`;
}
