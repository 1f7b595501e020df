import type { TimeMs } from '@tidemark/domain';

/** A moment as every answer gives it, such as `2026-11-21T09:30:00.000Z`. */
export function iso(at: TimeMs): string {
  return new Date(at).toISOString();
}

export function isoOrNull(at: TimeMs | null): string | null {
  return at === null ? null : iso(at);
}
