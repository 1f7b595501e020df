import { murmur2 } from '@tidemark/contracts';
import { QueryError } from './query-error.ts';

/** Which request a cursor goes on with. */
export type CursorKind = 'timeline' | 'tier-changes' | 'tier';

/** Raised when the meaning of a cursor changes: those given before are refused then. */
const VERSION = 1;
/** More than the longest cursor, which holds a customer's id of 256 bytes. */
const LENGTH_MAX = 4_096;

/** Opaque text for where a page ended; `subject` is what was asked about, and only for it the cursor is good. */
export function formatCursor(kind: CursorKind, subject: string, place: unknown): string {
  const parts = [VERSION, kind, checksumOf(subject), place];
  return Buffer.from(JSON.stringify(parts), 'utf8').toString('base64url');
}

/** The place as it was given to `formatCursor`, to be checked by the caller. Throws `invalid-cursor`. */
export function parseCursor(kind: CursorKind, subject: string, text: string): unknown {
  const parts = text.length <= LENGTH_MAX ? parseParts(text) : null;
  if (!Array.isArray(parts) || parts.length !== 4) throw invalidCursor('found something else');
  const [version, foundKind, checksum, place] = parts as readonly unknown[];
  if (version !== VERSION) throw invalidCursor('found one of another version');
  if (foundKind !== kind || checksum !== checksumOf(subject)) throw invalidCursor('found that of another request');
  return place;
}

/** `found` says what is wrong with it; never the cursor itself, which may hold an id. */
export function invalidCursor(found: string): QueryError {
  return new QueryError(
    'invalid-cursor',
    `expected the cursor that the page before gave for the same request, ${found}. Start again without a cursor.`,
  );
}

export function isOffset(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function parseParts(text: string): unknown {
  try {
    const bytes = Buffer.from(text, 'base64url');
    return bytes.toString('base64url') === text ? JSON.parse(bytes.toString('utf8')) : null;
  } catch {
    return null;
  }
}

/** A mistaken cursor is told by it; there is nothing to protect, since a cursor only says where to read. */
function checksumOf(subject: string): number {
  return murmur2(Buffer.from(subject, 'utf8'));
}
