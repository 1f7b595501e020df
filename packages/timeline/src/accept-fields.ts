import {
  AMOUNT_MINOR_MAX,
  COUNT_MAX,
  type DeadLetterReason,
  looksLikeSeconds,
  OCCURRED_AT_MAX_MS,
  placeholderIdOf,
  TEXT_BYTES_MAX,
} from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';

/** Why a record is refused. `detail` says what was expected and found: names and bounds, never a customer's data. */
export interface Refusal {
  readonly reason: DeadLetterReason;
  readonly detail: string;
}

type TextKind = keyof typeof TEXT_BYTES_MAX;

/** The first problem found, or null: refusals are rare, so checks stop at the first. */
export type Checked = Refusal | null;

/** Of 1 byte up to its bound. */
export function checkText(field: string, text: string, kind: TextKind): Checked {
  if (text.length === 0) return invalid(field, 'at least 1 byte', 'none');
  return checkLength(field, text, kind);
}

/** A text that names something, and is not what programs write for nothing. White space around it is not looked at. */
export function checkId(field: string, id: string): Checked {
  const placeholder = placeholderIdOf(id.trim());
  if (placeholder !== null) return invalid(field, 'an id', placeholder);
  return checkLength(field, id, 'id');
}

/** Null, or an id; an empty one counts as null. */
export function checkOptionalId(field: string, id: string | null): Checked {
  return id === null || id.trim() === '' ? null : checkId(field, id);
}

/** Null, or up to its bound; an empty one counts as null (see `emptyToNull`). */
export function checkOptionalText(field: string, text: string | null, kind: TextKind): Checked {
  return text === null ? null : checkLength(field, text, kind);
}

/** Producers that have no null write an empty text. */
export function emptyToNull(text: string | null): string | null {
  return text === '' ? null : text;
}

function checkLength(field: string, text: string, kind: TextKind): Checked {
  const bytesMax = TEXT_BYTES_MAX[kind];
  // A UTF-16 code unit has at most 3 bytes in UTF-8: most texts need no counting.
  if (text.length * 3 <= bytesMax || Buffer.byteLength(text) <= bytesMax) return null;
  return invalid(field, `at most ${bytesMax} bytes`, 'more');
}

export function checkCount(field: keyof typeof COUNT_MAX, count: number): Checked {
  const countMax = COUNT_MAX[field];
  return count <= countMax ? null : invalid(field, `at most ${countMax} elements`, 'more');
}

/** Names and values of a map, and how many they are. */
export function checkEntries(
  field: 'properties' | 'traits',
  entries: Readonly<Record<string, string | null>>,
): Checked {
  const names = Object.keys(entries);
  let problem = checkCount(field, names.length);
  for (let i = 0; problem === null && i < names.length; i++) {
    const name = names[i] ?? '';
    problem = checkText(`a name in ${field}`, name, 'entryName');
    problem ??= checkLength(`a value in ${field}`, entries[name] ?? '', 'entryValue');
  }
  return problem;
}

/** A whole number from 0 to the bound of amounts. */
export function checkAmount(field: string, amountMinor: number): Checked {
  if (amountMinor < 0) return { reason: 'negative-amount', detail: `${field}: expected at least 0, found less` };
  return checkMagnitude(field, amountMinor);
}

/** A whole number within the bound of amounts, either side of 0. */
export function checkMagnitude(field: string, amountMinor: number): Checked {
  if (Number.isSafeInteger(amountMinor) && Math.abs(amountMinor) <= AMOUNT_MINOR_MAX) return null;
  return invalid(field, `a whole number of at most ${AMOUNT_MINOR_MAX} minor units`, 'another');
}

/** `earliestAt`: times before it are mistakes, mostly seconds that were taken for milliseconds. */
export function checkOccurredAt(occurredAt: number, earliestAt: TimeMs): Checked {
  if (!Number.isInteger(occurredAt) || occurredAt < 0 || occurredAt > OCCURRED_AT_MAX_MS) {
    const detail =
      'occurredAt: expected whole milliseconds since 1970 up to the end of year 9999, found another number';
    return { reason: 'invalid-time', detail };
  }
  if (occurredAt >= earliestAt) return null;
  const found = looksLikeSeconds(occurredAt) ? 'one before it: seconds, it seems' : 'one before it';
  const earliest = new Date(earliestAt).toISOString().slice(0, 'yyyy-mm-dd'.length);
  const detail = `occurredAt: expected milliseconds since 1970 of a day from ${earliest} on (events.earliest of the policy), found ${found}`;
  return { reason: 'invalid-time', detail };
}

export function invalid(field: string, expected: string, found: string): Refusal {
  return { reason: 'invalid-field', detail: `${field}: expected ${expected}, found ${found}` };
}
