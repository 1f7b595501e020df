import { isRawTopic, type RawTopic } from './catalogue.ts';
import { ContractError } from './errors.ts';

/** A record of a raw topic in the same lane. */
export interface RawOrigin {
  readonly topic: RawTopic;
  readonly offset: number;
}

/** An origin as people read it, and as change records name it: `orders:123`. */
export function originText(origin: RawOrigin): string {
  return `${origin.topic}:${origin.offset}`;
}

/** Throws `invalid-header`. */
export function parseOrigin(text: string): RawOrigin {
  const colon = text.lastIndexOf(':');
  const topic = text.slice(0, Math.max(colon, 0));
  if (!isRawTopic(topic)) throw invalidHeader('origin', '<raw topic>:<offset>');
  return { topic, offset: parseWhole(text.slice(colon + 1), 'origin') };
}

const DIGITS_MAX = 16;
const ZERO = 48;

/** Decimal digits without a sign or a leading zero. Throws `invalid-header`. */
export function parseWhole(text: string | undefined, name: string): number {
  const length = text?.length ?? 0;
  let value = length === 0 || length > DIGITS_MAX || (length > 1 && text?.charCodeAt(0) === ZERO) ? Number.NaN : 0;
  for (let i = 0; i < length && value >= 0; i++) {
    const digit = (text as string).charCodeAt(i) - ZERO;
    value = digit >= 0 && digit <= 9 ? 10 * value + digit : Number.NaN;
  }
  if (!Number.isSafeInteger(value)) throw invalidHeader(name, 'a whole number');
  return value;
}

export function invalidHeader(name: string, expected: string): ContractError {
  const message = `header ${name}: expected ${expected}, found something else or nothing. Something else wrote to the topic`;
  return new ContractError('invalid-header', message, { header: name });
}
