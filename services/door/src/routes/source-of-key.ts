import { Refused } from '../http/answer.ts';
import type { DoorSource } from '../sources/door-source.ts';
import { isOriginOf } from '../sources/source-book.ts';
import type { DoorRequest } from './request-context.ts';

/** Who sends by this key. Throws `Refused` where nobody has it, or its pages are others. */
export function sourceOfKey(key: string | null, { raw, book }: DoorRequest): DoorSource {
  const source = key === null ? null : book.ofKey(key);
  if (source === null) {
    throw new Refused(
      401,
      `expected a write key of a source, found ${key === null ? 'none' : 'one that no source has'}. Nothing was written`,
    );
  }
  const { origin } = raw.headers;
  if (origin !== undefined && !isOriginOf(source, origin)) {
    throw new Refused(401, "expected a page of the source's origins, found another. Nothing was written");
  }
  return source;
}
