import {
  AMOUNT_MINOR_MAX,
  COUNT_MAX,
  entryText,
  OCCURRED_AT_MAX_MS,
  parseIsoTime,
  placeholderIdOf,
  TEXT_BYTES_MAX,
} from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { minorDigitsOf } from '@tidemark/policy/currencies';
import type { FieldProblem } from './event-error.ts';

/** Reads what a caller gave for a field. What does not fit adds a problem, and gives undefined. */
export type FieldReader<T> = (value: unknown, path: string, problems: FieldProblem[]) => T | undefined;

/** A reader for every field, so that a field added to the schema cannot be forgotten here. */
export type FieldReaders<T> = { readonly [Field in keyof T]-?: FieldReader<T[Field]> };

/** More would help nobody, and an event could have thousands. */
const PROBLEMS_MAX = 20;

const INT_MAX = 2_147_483_647;

const TIME_EXPECTED =
  'a time from 1970 to the end of year 9999: a Date, whole milliseconds since 1970, or ISO 8601 text with seconds and zone such as 2026-11-21T09:30:00Z';

/** Text of 1 byte up to the kind's bound. */
export function text(kind: keyof typeof TEXT_BYTES_MAX): FieldReader<string> {
  return boundedText(1, TEXT_BYTES_MAX[kind]);
}

/** Null or text up to the kind's bound; null where it is absent. */
export function optionalText(kind: keyof typeof TEXT_BYTES_MAX): FieldReader<string | null> {
  return nullable(boundedText(0, TEXT_BYTES_MAX[kind]));
}

const idText = boundedText(1, TEXT_BYTES_MAX.id);

/** An id without the white space around it, and not what programs write for none. */
export const id: FieldReader<string> = (value, path, problems) => {
  const text = idText(typeof value === 'string' ? value.trim() : value, path, problems);
  const placeholder = text === undefined ? null : placeholderIdOf(text);
  return placeholder === null ? text : refuse(problems, path, 'an id', placeholder);
};

/** Null where it is absent or empty. */
export const optionalId: FieldReader<string | null> = (value, path, problems) =>
  value === null || value === undefined || (typeof value === 'string' && value.trim() === '')
    ? null
    : id(value, path, problems);

/** What an absent field stands for. */
export function withDefault<T>(read: FieldReader<T>, value: T): FieldReader<T> {
  return (given, path, problems) => (given === undefined ? value : read(given, path, problems));
}

export function nullable<T>(read: FieldReader<T>): FieldReader<T | null> {
  return (value, path, problems) => (value === null || value === undefined ? null : read(value, path, problems));
}

export function oneOf<T extends string>(words: readonly T[]): FieldReader<T> {
  const expected = `one of ${words.join(', ')}`;
  return (value, path, problems) =>
    words.find((word) => word === value) ??
    refuse(problems, path, expected, typeof value === 'string' ? 'another text' : kindOf(value));
}

export const amountMinor = wholeNumber(0, AMOUNT_MINOR_MAX, 'of minor units (1999 for 19.99 EUR), ');
export const marginMinor = wholeNumber(-AMOUNT_MINOR_MAX, AMOUNT_MINOR_MAX, 'of minor units, ');
export const quantity = wholeNumber(0, INT_MAX, '');

export const flag: FieldReader<boolean> = (value, path, problems) =>
  typeof value === 'boolean' ? value : refuse(problems, path, 'true or false', kindOf(value));

/** One that there is or was: the policy in force says which have a rate. */
export const currencyCode: FieldReader<string> = (value, path, problems) =>
  typeof value === 'string' && minorDigitsOf(value) !== null
    ? value
    : refuse(problems, path, 'an ISO 4217 code in capitals, such as EUR', kindOf(value));

/** Tidemark has no erasure yet: that nothing would be erased must not be found out later. */
export const noErasure: FieldReader<boolean> = (value, path, problems) =>
  value === true
    ? refuse(problems, path, 'false or nothing, since this version cannot erase: nothing would be erased', 'true')
    : flag(value, path, problems);

export const time: FieldReader<TimeMs> = (value, path, problems) => {
  const ms = typeof value === 'string' ? parseIsoTime(value) : value instanceof Date ? value.getTime() : value;
  if (typeof ms === 'number' && Number.isInteger(ms) && ms >= 0 && ms <= OCCURRED_AT_MAX_MS) return (ms + 0) as TimeMs;
  const isOtherTime = typeof value !== 'number' && typeof ms === 'number' && !Number.isNaN(ms);
  return refuse(problems, path, TIME_EXPECTED, isOtherTime ? 'a time beyond these' : kindOf(value));
};

export function list<T>(field: keyof typeof COUNT_MAX, element: FieldReader<T>): FieldReader<readonly T[]> {
  const expected = `a list of at most ${COUNT_MAX[field]} elements`;
  return (value, path, problems) => {
    if (!Array.isArray(value)) return refuse(problems, path, expected, kindOf(value));
    if (value.length > COUNT_MAX[field]) return refuse(problems, path, expected, `${value.length} elements`);
    // Not `map`, which skips holes.
    return Array.from(value, (item, index) => element(item, `${path}[${index}]`, problems) as T);
  };
}

/** Texts by name; numbers and booleans as text, lists as JSON. `isRemovable`: null says that it is no longer so. */
export function entries<Value extends string | null = string>(
  field: 'properties' | 'traits',
  isRemovable = false,
): FieldReader<Readonly<Record<string, Value>>> {
  const expected = `an object of at most ${COUNT_MAX[field]} values by name`;
  const expectedValue = `text of at most ${TEXT_BYTES_MAX.entryValue} bytes, a number, true, false, ${isRemovable ? 'a list or null' : 'or a list'}`;
  return (value, path, problems) => {
    if (!isPlainObject(value)) return refuse(problems, path, expected, kindOf(value));
    const names = Object.keys(value).filter((name) => value[name] !== undefined);
    if (names.length > COUNT_MAX[field]) return refuse(problems, path, expected, `${names.length} names`);
    const read: Record<string, string | null> = {};
    for (const name of names) {
      const given = value[name];
      checkEntryName(name, path, problems);
      const text = typeof given !== 'object' || Array.isArray(given) ? entryText(given) : undefined;
      if (text !== undefined) read[name] = text;
      else if (given === null && isRemovable) read[name] = null;
      else refuse(problems, memberPath(path, name), expectedValue, entryKind(given));
    }
    return read as Record<string, Value>;
  };
}

function entryKind(value: unknown): string {
  return typeof value === 'string' && !value.isWellFormed() ? 'half of a surrogate pair' : kindOf(value);
}

/** An object with these fields and no others. */
export function record<T>(readers: FieldReaders<T>): FieldReader<T> {
  const names = Object.keys(readers) as (keyof T & string)[];
  return (value, path, problems) => {
    const at = path === '' ? '(event)' : path;
    if (!isPlainObject(value)) return refuse(problems, at, `an object of ${names.join(', ')}`, kindOf(value));
    for (const name of Object.keys(value)) {
      if (Object.hasOwn(readers, name)) continue;
      refuse(problems, memberPath(path, name), `only the fields ${names.join(', ')}`, 'an unknown field');
    }
    const read: Record<string, unknown> = {};
    for (const name of names) {
      read[name] = readers[name](ownValue(value, name), path === '' ? name : `${path}.${name}`, problems);
    }
    return read as T;
  };
}

function refuse(problems: FieldProblem[], field: string, expected: string, found: string): undefined {
  if (problems.length < PROBLEMS_MAX) problems.push({ field, expected, found });
  return undefined;
}

function boundedText(bytesMin: 0 | 1, bytesMax: number): FieldReader<string> {
  const expected = bytesMin === 0 ? `text of at most ${bytesMax} bytes` : `text of 1 to ${bytesMax} bytes`;
  return (value, path, problems) => {
    if (isText(value, bytesMin, bytesMax)) return value;
    if (typeof value !== 'string' || value.isWellFormed()) return refuse(problems, path, expected, kindOf(value));
    return refuse(problems, path, `${expected} in Unicode`, 'half of a surrogate pair');
  };
}

function isText(value: unknown, bytesMin: 0 | 1, bytesMax: number): value is string {
  if (typeof value !== 'string' || value.length < bytesMin || !value.isWellFormed()) return false;
  // A UTF-16 code unit has at most 3 bytes in UTF-8: most texts need no counting.
  return value.length * 3 <= bytesMax || Buffer.byteLength(value) <= bytesMax;
}

function wholeNumber(min: number, max: number, unit: string): FieldReader<number> {
  const expected = `a whole number ${unit}from ${min} to ${max}`;
  return (value, path, problems) => {
    if (typeof value !== 'number') return refuse(problems, path, expected, kindOf(value));
    if (Number.isSafeInteger(value) && value >= min && value <= max) return value + 0; // -0 becomes 0.
    return refuse(problems, path, expected, numberKind(value, min));
  };
}

function checkEntryName(name: string, path: string, problems: FieldProblem[]): void {
  if (isText(name, 1, TEXT_BYTES_MAX.entryName) && name !== '__proto__') return;
  const expected = `names of 1 to ${TEXT_BYTES_MAX.entryName} bytes`;
  const bytes = Buffer.byteLength(name);
  if (bytes === 0 || bytes > TEXT_BYTES_MAX.entryName) refuse(problems, path, expected, `a name of ${bytes} bytes`);
  else if (!name.isWellFormed()) refuse(problems, path, `${expected} in Unicode`, 'half of a surrogate pair');
  // Avro's readers in JavaScript could not tell it from an object's prototype.
  else if (name === '__proto__') refuse(problems, path, `${expected}, but for __proto__`, 'that one');
}

/** The engineer chose the names; what does not look like one could be a customer's data, and is not shown. */
function memberPath(path: string, name: string): string {
  const shown = /^[\w-]{1,64}$/.test(name) ? name : `(a name of ${Buffer.byteLength(name)} bytes)`;
  return path === '' ? shown : `${path}.${shown}`;
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return Object.prototype.toString.call(value) === '[object Object]';
}

/** What an object inherits (`constructor`) was not given. */
function ownValue(value: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'string') return `text of ${Buffer.byteLength(value)} bytes`;
  if (typeof value === 'number') return numberKind(value, 0);
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid Date' : 'a Date';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** Of a number that is not what was expected. */
function numberKind(value: number, min: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return 'an infinite number';
  if (!Number.isInteger(value)) return 'a number with a fraction';
  return value < min ? `a number below ${min}` : 'another number';
}
