/** At most so many bytes of UTF-8, without half a character at the end or anywhere else. */
export function cutText(text: string, bytesMax: number): string {
  const whole = text.toWellFormed();
  if (whole.length * 3 <= bytesMax || Buffer.byteLength(whole) <= bytesMax) return whole;
  const bytes = Buffer.from(whole, 'utf8');
  let end = bytesMax;
  // A byte of the form 10xxxxxx goes on with a character that began before it.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}

/** Text as it is, a number as text; null for anything else, and for nothing. */
export function textOf(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}

/** `Video Playback Started` and `videoPlaybackStarted` are `video_playback_started`; empty where it has no letter or digit. */
export function snakeCase(name: string): string {
  return name
    .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1_$2')
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, '_')
    .replace(/^_|_$/g, '')
    .toLowerCase();
}

/** Queries and fragments name campaigns, sessions and tokens, and would make of a page as many as it has visits. */
export function withoutQuery(url: string): string {
  const end = url.search(/[?#]/);
  return end < 0 ? url : url.slice(0, end);
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const NOTHING: JsonObject = {};

/** The object, or an empty one. */
export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : NOTHING;
}

/** The first of these fields that is there. Names are this package's own, never an event's. */
export function firstOf(object: JsonObject, names: readonly string[]): unknown {
  for (const name of names) {
    const value = object[name];
    if (value !== undefined && value !== null && value !== '') return value;
  }
  return undefined;
}

/** By a dotted path, such as `billing.company`. */
export function valueAt(json: JsonObject, path: string): unknown {
  let value: unknown = json;
  for (const name of path.split('.')) value = Object.hasOwn(objectOf(value), name) ? objectOf(value)[name] : undefined;
  return value;
}

export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'string') return `text of ${Buffer.byteLength(value)} bytes`;
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
