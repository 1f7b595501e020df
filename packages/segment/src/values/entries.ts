import { COUNT_MAX, entryText, TEXT_BYTES_MAX } from '@tidemark/contracts';
import { isObject, type JsonObject } from './texts.ts';

export interface Entries {
  /** Null removes a trait. */
  readonly entries: Readonly<Record<string, string | null>>;
  /** How many had no place. */
  readonly dropped: number;
}

/** How far objects within objects have names of their own (`address.geo.city`); what is deeper is a value, as JSON. */
const DEPTH_MAX = 3;
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
    const text = value === null ? null : entryText(typeof value === 'string' ? value.toWellFormed() : value);
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

/** Avro's readers in JavaScript could not tell `__proto__` from an object's prototype. */
function isEntryName(name: string): boolean {
  const bytesMax = TEXT_BYTES_MAX.entryName;
  const fits = name.length * 3 <= bytesMax || Buffer.byteLength(name) <= bytesMax;
  return fits && name !== '' && name !== '__proto__' && name.isWellFormed();
}
