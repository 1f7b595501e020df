import { Refused } from '../http/answer.ts';
import type { CallPath } from './take-calls.ts';

const CALLS_MAX = 2_500;

export interface Calls {
  readonly list: readonly unknown[];
  readonly writeKey: string | null;
  readonly sentAt: unknown;
}

type JsonObject = Readonly<Record<string, unknown>>;
type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown;

/** The calls of a body. Throws `Refused` where there is nothing to take one by one. */
export function readCalls(text: string, path: CallPath): Calls {
  const json = parse(text);
  const writeKey = typeof json['writeKey'] === 'string' && json['writeKey'] !== '' ? json['writeKey'] : null;
  return { list: callsOf(json, path), writeKey, sentAt: json['sentAt'] };
}

/**
 * Gives the JSON of each of the calls, with the very digits of its numbers: what is kept must not be less than what came. Null for
 * one that is nested too deeply to be written. The body is parsed once more, when it is first asked.
 */
export function exactTexts(text: string, path: CallPath): (index: number) => string | null {
  let calls: readonly unknown[] | null = null;
  return (index) => {
    try {
      calls ??= callsOf(parse(text, exact), path);
      return JSON.stringify(calls[index]) ?? null;
    } catch (error) {
      if (error instanceof RangeError || error instanceof Refused) return null;
      throw error;
    }
  };
}

const exact: Reviver = (_key, value, { source }) =>
  typeof value === 'number' && source !== undefined && String(value) !== source ? rawJson(source) : value;

function rawJson(source: string): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(source);
}

function parse(text: string, reviver?: Reviver): JsonObject {
  let json: unknown;
  try {
    json = JSON.parse(text, reviver as never);
  } catch {
    throw new Refused(
      400,
      `expected JSON, found ${Buffer.byteLength(text)} bytes of something else. Nothing was written`,
    );
  }
  if (isObject(json)) return json;
  throw new Refused(400, 'expected a JSON object, found another value. Nothing was written');
}

/** A batch may say for all of its calls what they do not say themselves. */
function callsOf(json: JsonObject, path: CallPath): readonly unknown[] {
  if (path.kind === 'single') return [{ ...json, type: path.type }];
  const { batch, context, integrations } = json;
  if (!Array.isArray(batch)) throw new Refused(400, 'expected a list `batch`, found none. Nothing was written');
  if (batch.length > CALLS_MAX) {
    throw new Refused(
      413,
      `expected at most ${CALLS_MAX} events in a batch, found ${batch.length}. Nothing was written`,
    );
  }
  if (!isObject(context) && !isObject(integrations)) return batch;
  const shared = { ...(isObject(context) && { context }), ...(isObject(integrations) && { integrations }) };
  return batch.map((call: unknown) => (isObject(call) ? { ...shared, ...call } : call));
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
