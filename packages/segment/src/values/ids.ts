import { hash } from 'node:crypto';
import { HELD_ID_PREFIX, placeholderIdOf, TEXT_BYTES_MAX } from '@tidemark/contracts';
import { Refusal } from '../outcome.ts';
import { kindOf } from './texts.ts';

const ID_EXPECTED = 'text, or a whole number below 2^53';

/** Of an id's text, without white space around it; null where there is none, or what programs write for none. */
export function readId(value: unknown, field: string): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw new Refusal('invalid-field', field, ID_EXPECTED, kindOf(value));
  }
  if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER) {
    throw new Refusal('invalid-field', field, ID_EXPECTED, 'a greater number, whose last digits JSON readers lose');
  }
  const id = String(value).trim();
  return placeholderIdOf(id) === null ? id : null;
}

/** The same, where an id that is of no use is as good as none. */
export function readIdOrNothing(value: unknown): string | null {
  return typeof value === 'string' || Number.isSafeInteger(value) ? readId(value, '') : null;
}

/** How ids of other kinds begin. No user id of an SDK may look like one of them. */
export const RESERVED_KINDS = [HELD_ID_PREFIX, 'ext:', 'wechat:', 'unionid:', 'email:', 'phone:'] as const;

export function hasReservedKind(id: string): boolean {
  return RESERVED_KINDS.some((kind) => id.startsWith(kind));
}

export function anonymousCustomer(anonymousId: string): string {
  return boundedId(HELD_ID_PREFIX, anonymousId);
}

/** The second record that is made of an event ends in it. */
export const IDENTITY_SUFFIX = '#identity';

/** `room`: for the suffixes of an event's records. An id that is too long is known by its hash. */
export function eventIdOf(sourceName: string, id: string, room = IDENTITY_SUFFIX.length): string {
  return boundedId(`${sourceName}:`, id, room);
}

/** Of a kind and an id within it; a hash in place of an id that is too long. */
export function boundedId(prefix: string, id: string, room = 0): string {
  const bytesMax = TEXT_BYTES_MAX.id - room;
  const whole = prefix + id;
  if (whole.length * 3 <= bytesMax || Buffer.byteLength(whole) <= bytesMax) return whole;
  return prefix + hash('sha256', id);
}
