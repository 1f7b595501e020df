/**
 * Ms to wait by a `Retry-After` header: seconds, or a date, which is taken relative to the answer's own `Date` so that the
 * two clocks need not agree. Null where there is none that can be read.
 */
export function parseRetryAfterMs(retryAfter: string | null, date: string | null): number | null {
  if (retryAfter === null) return null;
  if (/^\d{1,9}$/.test(retryAfter.trim())) return Number(retryAfter) * 1_000;
  const waitMs = Date.parse(retryAfter) - Date.parse(date ?? '');
  return Number.isNaN(waitMs) ? null : Math.max(0, waitMs);
}
