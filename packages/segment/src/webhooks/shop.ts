import { createHmac, hash } from 'node:crypto';
import { OCCURRED_AT_MIN_MS } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { conclude } from '../conclude.ts';
import { Draft, type Occurrence } from '../draft.ts';
import { type IgnoredReason, type Outcome, Refusal } from '../outcome.ts';
import type { Source } from '../source.ts';
import { occurredAtOf } from '../values/event-time.ts';
import { boundedId, eventIdOf, readId } from '../values/ids.ts';
import { parseExactJson } from '../values/parse-exact-json.ts';
import { isObject, type JsonObject, kindOf, valueAt } from '../values/texts.ts';

/** A shop that sends webhooks: whom its customers are. */
export interface Shop extends Source {
  /** `id`: the shop's own id of a customer; `email`: their address; else a field, by its path in the body. */
  readonly customer: string;
  /** Stands before the id: customer 17 of two shops are two people. Empty where the shop's id is the site's user id. */
  readonly customerPrefix: string;
  /** What addresses are made unreadable with; null: whoever has nothing but an address is nobody. */
  readonly pepper: string | null;
}

export function shopOf(
  source: Source,
  settings: Partial<Pick<Shop, 'customer' | 'customerPrefix' | 'pepper'>> = {},
): Shop {
  return { customer: 'id', customerPrefix: `ext:${source.name}:`, pepper: null, ...source, ...settings };
}

/** A webhook whose signature was found right. */
export interface Webhook {
  readonly shop: Shop;
  /** The body's text, whole and as it came. */
  readonly body: string;
  /** What the header says that it is about; it is not signed. */
  readonly topic: string | undefined;
  readonly receivedAt: TimeMs;
  readonly earliestAt?: TimeMs;
}

/** The longest suffix that names a record of a body. */
const SUFFIX_ROOM = 32;

/** A body, as it is mapped. */
export interface ShopBody {
  readonly shop: Shop;
  readonly json: JsonObject;
  readonly receivedAt: TimeMs;
  readonly draft: Draft;
  readonly customerId: string;
  /** When, by a field of the body; and the id of the record that has this suffix. Throws a Refusal where the field has no time. */
  occurrence(field: string, value: unknown, suffix: string): Occurrence;
}

/** What one platform says of the customer of a body. */
export interface ShopCustomer {
  readonly id: unknown;
  readonly email: unknown;
}

/**
 * The records of a webhook's body. Ids of events are made of the body, so that one that is sent again is a repeat. Never throws.
 * `judge`: why a body is ignored, or null; throws a Refusal for one that no mapping knows.
 */
export function mapWebhook(
  { shop, body, receivedAt, earliestAt = OCCURRED_AT_MIN_MS as TimeMs }: Webhook,
  judge: (json: JsonObject) => IgnoredReason | null,
  customerOf: (json: JsonObject) => ShopCustomer,
  add: (body: ShopBody) => void,
): Outcome {
  const digest = hash('sha256', body).slice(0, 16);
  return conclude(eventIdOf(shop.name, digest, SUFFIX_ROOM), earliestAt, () => {
    const json = parseExactJson(body);
    if (!isObject(json)) throw new Refusal('unmapped', '(body)', 'a JSON object', kindOf(json));
    const objectId = readId(json['id'], 'id');
    const eventId = eventIdOf(shop.name, `${objectId ?? ''}:${digest}`, SUFFIX_ROOM);
    const draft = new Draft(shop, { eventId, customerId: '', occurredAt: receivedAt });
    draft.ignored = judge(json);
    if (draft.ignored !== null) return draft;
    if (objectId === null) throw new Refusal('unmapped', 'id', 'the id of what it is about', 'none');
    const customerId = shopCustomerId(shop, json, customerOf(json));
    const occurrence = (field: string, value: unknown, suffix: string): Occurrence => {
      if (value === undefined || value === null) throw new Refusal('invalid-time', field, 'a time', kindOf(value));
      const times = { timestamp: value, originalTimestamp: undefined, sentAt: undefined, receivedAt };
      return { eventId: `${eventId}#${suffix}`, customerId, occurredAt: occurredAtOf(times, 'webhook') };
    };
    add({ shop, json, receivedAt, draft, customerId, occurrence });
    return draft;
  });
}

function shopCustomerId(shop: Shop, json: JsonObject, { id, email }: ShopCustomer): string {
  if (shop.customer !== 'email') {
    const named = readId(shop.customer === 'id' ? id : valueAt(json, shop.customer), shop.customer);
    if (named !== null) return boundedId(shop.customerPrefix, named);
  }
  const address = typeof email === 'string' ? email.trim().toLowerCase() : '';
  if (address === '') throw new Refusal('no-identity', shop.customer, "a customer's id, or an address", 'neither');
  if (shop.pepper !== null) return `email:${base32(createHmac('sha256', shop.pepper).update(address).digest())}`;
  const expected = "a customer's id; or a pepper of the source, to make one of the address";
  throw new Refusal('no-identity', shop.customer, expected, 'an address alone');
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** RFC 4648 in small letters, without padding. */
function base32(bytes: Uint8Array): string {
  let text = '';
  let [bits, held] = [0, 0];
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += BASE32[(held >> (bits - 5)) & 31];
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + BASE32[(held << (5 - bits)) & 31];
}
