import { TEXT_BYTES_MAX } from './raw-bounds.ts';

/** Recursion over deeper values could end the process. */
const DEPTH_MAX = 20;

/**
 * The value of a property or trait as a record holds it: text as it is, numbers and booleans as text, lists and objects as JSON.
 * Undefined for what is none of these, for half of a surrogate pair, and beyond the bound.
 */
export function entryText(value: unknown): string | undefined {
  const text = asText(value);
  if (text === undefined || !text.isWellFormed()) return undefined;
  // A UTF-16 code unit has at most 3 bytes in UTF-8: most texts need no counting.
  const fits = text.length * 3 <= TEXT_BYTES_MAX.entryValue || Buffer.byteLength(text) <= TEXT_BYTES_MAX.entryValue;
  return fits ? text : undefined;
}

function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || Number.isFinite(value)) return String(value);
  return typeof value === 'object' && value !== null && isWithin(value, DEPTH_MAX) ? JSON.stringify(value) : undefined;
}

/** Of JSON: no more levels than these, and nothing that JSON has no form for. */
function isWithin(value: unknown, depthMax: number): boolean {
  if (typeof value !== 'object' || value === null) return typeof value !== 'bigint';
  return depthMax > 0 && Object.values(value).every((inner) => isWithin(inner, depthMax - 1));
}
