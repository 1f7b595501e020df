import { COUNT_MAX, TEXT_BYTES_MAX } from '@tidemark/contracts';
import { isObject, type JsonObject } from './texts.ts';

export interface Entries {
  /** Null removes a trait. */
  readonly entries: Readonly<Record<string, string | null>>;
  /** How many had no place. */
  readonly dropped: number;
}

/** How far objects within objects have names of their own (`address.geo.city`); what is deeper is a value, as JSON. */
const DEPTH_MAX = 3;
/** Of values that are written as JSON: recursion over deeper ones could end the process. */
const JSON_DEPTH_MAX = 20;
/** Of all names and values together: with all else a record stays within its bound. */
const BYTES_MAX = 196_608;

/**
 * Properties or traits as a record has them: texts by name. Numbers and booleans are text, lists JSON. What is beyond the
 * bounds of a record is left out and counted. `keepsNull`: a null is kept, else it is as if absent.
 */
export function flattenEntries(object: JsonObject, keepsNull: boolean): Entries {
  const flat = new Flat(keepsNull);
  flat.add(object, '', 1);
  return flat;
}

class Flat implements Entries {
  readonly entries: Record<string, string | null> = {};
  dropped = 0;
  readonly #keepsNull: boolean;
  #count = 0;
  #bytes = 0;

  constructor(keepsNull: boolean) {
    this.#keepsNull = keepsNull;
  }

  add(object: JsonObject, prefix: string, depth: number): void {
    for (const key of Object.keys(object)) {
      const value = object[key];
      const name = prefix + key;
      if (value === undefined || (value === null && !this.#keepsNull)) continue;
      if (isObject(value) && depth < DEPTH_MAX) this.add(value, `${name}.`, depth + 1);
      else this.#put(name, value);
    }
  }

  #put(name: string, value: unknown): void {
    const text = value === null ? null : valueText(value);
    if (text === undefined || !isEntryName(name) || this.#count === COUNT_MAX.properties) {
      this.dropped++;
      return;
    }
    const bytes = Buffer.byteLength(name) + (text === null ? 0 : Buffer.byteLength(text));
    if (this.#bytes + bytes > BYTES_MAX) {
      this.dropped++;
      return;
    }
    this.#bytes += bytes;
    if (!Object.hasOwn(this.entries, name)) this.#count++;
    this.entries[name] = text;
  }
}

/** Undefined for one that is too large, or too deep. */
function valueText(value: unknown): string | undefined {
  if (typeof value === 'object' && isDeeper(value, JSON_DEPTH_MAX)) return undefined;
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value).toWellFormed();
  const fits = text.length * 3 <= TEXT_BYTES_MAX.entryValue || Buffer.byteLength(text) <= TEXT_BYTES_MAX.entryValue;
  return fits ? text : undefined;
}

function isDeeper(value: unknown, depthMax: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depthMax === 0 || Object.values(value).some((inner) => isDeeper(inner, depthMax - 1));
}

/** Avro's readers in JavaScript could not tell `__proto__` from an object's prototype. */
function isEntryName(name: string): boolean {
  const bytesMax = TEXT_BYTES_MAX.entryName;
  const fits = name.length * 3 <= bytesMax || Buffer.byteLength(name) <= bytesMax;
  return fits && name !== '' && name !== '__proto__' && name.isWellFormed();
}
