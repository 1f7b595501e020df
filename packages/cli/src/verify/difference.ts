import type { CustomerId } from '@tidemark/domain';
import type { Lane } from '@tidemark/stream';

/** Something that the store or the log has and the fold of the log has not, or otherwise. */
export interface Difference {
  readonly lane: Lane;
  readonly customerId: CustomerId;
  readonly service: string;
  /** A customer's state, or one of their changes of tier in the log. */
  readonly kind: 'facet' | 'tier change';
  /** As JSON; null: none. */
  readonly expected: string | null;
  readonly found: string | null;
}

/** One line. Both values from where they begin to differ, so that the difference is in what is shown. */
export function formatDifference({ lane, customerId, service, kind, expected, found }: Difference): string {
  const from = Math.max(0, commonPrefix(expected ?? '', found ?? '') - LEAD_CHARACTERS);
  const what = kind === 'facet' ? `facet of ${service}` : kind;
  return (
    `lane ${lane}, customer ${JSON.stringify(customerId)}, ${what}: ` +
    `expected ${shorten(expected, from)}, found ${shorten(found, from)}`
  );
}

const LEAD_CHARACTERS = 30;
const SHOWN_CHARACTERS = 80;

function commonPrefix(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length === a.length && length === b.length ? 0 : length;
}

function shorten(json: string | null, from: number): string {
  if (json === null) return 'none';
  const start = Math.min(from, Math.max(0, json.length - SHOWN_CHARACTERS));
  const shown = json.slice(start, start + SHOWN_CHARACTERS);
  return `${start > 0 ? '...' : ''}${shown}${start + shown.length < json.length ? '...' : ''}`;
}
