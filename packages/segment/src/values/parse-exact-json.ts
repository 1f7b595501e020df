import { Refusal } from '../outcome.ts';

/**
 * JSON whose whole numbers beyond 2^53 are texts, with the digits that were written: shops have ids of that size, and a number
 * would name a neighbour's. Throws a Refusal for what is no JSON, or nested too deeply to read.
 */
export function parseExactJson(text: string): unknown {
  try {
    return JSON.parse(text, exact as never);
  } catch {
    throw new Refusal('malformed', '(body)', 'JSON', `${Buffer.byteLength(text)} bytes of something else`);
  }
}

function exact(_key: string, value: unknown, { source }: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value) || source === undefined) return value;
  return /^-?\d+$/.test(source) ? source : value;
}
