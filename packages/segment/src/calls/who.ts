import { Refusal } from '../outcome.ts';
import { anonymousCustomer, hasReservedKind, RESERVED_KINDS, readId, readIdOrNothing } from '../values/ids.ts';
import type { JsonObject } from '../values/texts.ts';

/** Whom a call is about. */
export interface Who {
  readonly customerId: string;
  /** The anonymous id that stands beside a user id in one call; null where there is one of them alone. */
  readonly ownLink: string | null;
}

/** Throws a Refusal where the call knows nobody. */
export function readWho(json: JsonObject): Who {
  const userId = readId(json['userId'], 'userId');
  if (userId === null) {
    const anonymousId = readId(json['anonymousId'], 'anonymousId');
    if (anonymousId === null) {
      throw new Refusal('no-identity', 'userId', 'a user id or an anonymous id', 'what programs write for none');
    }
    return { customerId: anonymousCustomer(anonymousId), ownLink: null };
  }
  checkKind(userId, 'userId');
  const anonymousId = readIdOrNothing(json['anonymousId']);
  return { customerId: userId, ownLink: anonymousId === null ? null : anonymousCustomer(anonymousId) };
}

export function checkKind(id: string, field: string): void {
  if (!hasReservedKind(id)) return;
  const expected = `an id that does not begin with ${RESERVED_KINDS.join(', ')}`;
  throw new Refusal('reserved-id', field, expected, 'one that does');
}
