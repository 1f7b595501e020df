import type { Random } from '@tidemark/testkit';
import { type Bytes, block, entry, long, text } from './avro-bytes.ts';
import {
  EARLIEST_AT,
  EVENT_TOPICS,
  type EventFields,
  type EventTopic,
  encodeFields,
  MARK,
  MISSING_IDS,
  type SchemaIdOf,
  SPACED_ID,
} from './events.ts';

/** What an attack starts from: a valid event. */
export interface Victim {
  readonly random: Random;
  readonly topic: EventTopic;
  readonly key: Bytes;
  readonly fields: EventFields;
  readonly schemaIdOf: SchemaIdOf;
}

/** Key and value of a record; where it goes by default is where the valid one would have gone. */
export interface Attacked {
  readonly key: Bytes | null;
  readonly value: Bytes | null;
  readonly topic?: EventTopic | 'control';
}

type Attack = (victim: Victim) => Attacked;

/** Whoever can write to the topic cannot get these onto the timeline. */
export const REFUSED: Readonly<Record<string, Attack>> = {
  truncated: (victim) => {
    const value = valid(victim);
    return { key: victim.key, value: value.subarray(0, victim.random.between(0, value.length - 1)) };
  },
  'bytes left over': (victim) => ({
    key: victim.key,
    value: Buffer.concat([valid(victim), victim.random.pick(TAILS)]),
  }),
  'wrong magic': (victim) => {
    const value = Buffer.from(valid(victim));
    value[0] = victim.random.between(1, 255);
    return { key: victim.key, value };
  },
  'unknown schema': (victim) => {
    const value = Buffer.from(valid(victim));
    value.writeUInt32BE(victim.random.pick(UNKNOWN_IDS), 1);
    return { key: victim.key, value };
  },
  'another topic': (victim) => {
    const others = [...EVENT_TOPICS, 'control'].filter((topic) => topic !== victim.topic) as Attacked['topic'][];
    return { key: victim.key, value: valid(victim), topic: victim.random.pick(others) ?? 'control' };
  },
  'no key': (victim) => ({ key: null, value: valid(victim) }),
  'empty key': (victim) => ({ key: Buffer.alloc(0), value: valid(victim) }),
  'long key': (victim) => ({ key: Buffer.alloc(victim.random.pick([257, 1_000, 70_000]), 'k'), value: valid(victim) }),
  'key is no UTF-8': (victim) => ({ key: victim.random.pick(NO_UTF8), value: valid(victim) }),
  'no value': (victim) => ({ key: victim.random.pick([victim.key, null]), value: null }),
  'empty value': (victim) => ({ key: victim.key, value: Buffer.alloc(0) }),
  'key is another': (victim) => ({ key: Buffer.concat([victim.key, Buffer.from('?')]), value: valid(victim) }),
  'length bomb': (victim) => replaced(victim, victim.random.pick(TEXTS[victim.topic]), bomb(victim.random)),
  'block bomb': (victim) => {
    const field = LISTS[victim.topic];
    return field === undefined ? REFUSED_BY_LENGTH(victim) : replaced(victim, field, blockBomb(victim.random));
  },
  'text is no UTF-8': (victim) =>
    replaced(victim, victim.random.pick(['eventId', 'customerId']), text(victim.random.pick(NO_UTF8))),
  'long id': (victim) => replaced(victim, 'eventId', text(MARK.padEnd(victim.random.pick([257, 5_000]), 'i'))),
  'no id': (victim) => {
    const id = victim.random.pick([...MISSING_IDS, SPACED_ID]);
    return { ...replaced(victim, 'customerId', text(id)), key: Buffer.from(id) };
  },
  'no id of an order': (victim) => onTopic(victim, 'orders', 'orderId', text(victim.random.pick(MISSING_IDS))),
  'empty id': (victim) => replaced(victim, 'eventId', text('')),
  'impossible time': (victim) => replaced(victim, 'occurredAt', long(victim.random.pick(BAD_TIMES))),
  'far future': (victim) =>
    replaced(victim, 'occurredAt', long(victim.random.pick([253_402_300_799_999, 4_102_444_800_000]))),
  'bad amount': (victim) => onTopic(victim, 'orders', 'amountMinor', long(victim.random.pick(BAD_AMOUNTS))),
  'bad currency': (victim) => onTopic(victim, 'orders', 'currency', text(victim.random.pick(BAD_CURRENCIES))),
  'bad enum': (victim) => onTopic(victim, 'marketing', 'kind', long(victim.random.pick([-1, 7, 2 ** 31, 2 ** 52]))),
  'prototype trait': (victim) => onTopic(victim, 'identities', 'traits', block([entry('__proto__', '{"admin":true}')])),
  'too many traits': (victim) =>
    onTopic(victim, 'identities', 'traits', block(Array.from({ length: 101 }, (_, i) => entry(`t${i}`, MARK)))),
  'too large': (victim) => ({
    key: victim.key,
    value: Buffer.concat([valid(victim), Buffer.alloc(victim.random.pick([262_144, 300_000, 900_000]))]),
  }),
};

/** What becomes of these depends on where they hit. */
export const UNCERTAIN: Readonly<Record<string, Attack>> = {
  'random bytes': ({ random, key }) => ({
    key: random.pick([key, null]),
    value: randomBytes(random, random.between(0, 300)),
  }),
  'random body': ({ random, key }) => {
    const body = randomBytes(random, random.between(0, 200));
    return { key, value: Buffer.concat([Buffer.from([0, 0, 0, 0, random.between(1, 7)]), body]) };
  },
  'flipped bits': (victim) => {
    const value = Buffer.from(valid(victim));
    for (let n = victim.random.between(1, 3); n > 0; n--) {
      const at = victim.random.between(0, value.length - 1);
      value[at] = (value[at] ?? 0) ^ (1 << victim.random.between(0, 7));
    }
    return { key: victim.key, value };
  },
  'changed bytes': (victim) => {
    const value = Buffer.from(valid(victim));
    const at = victim.random.between(5, value.length - 1);
    value[at] = victim.random.pick([0, 1, 127, 128, 255]);
    return { key: victim.key, value };
  },
  'a part removed': (victim) => {
    const value = valid(victim);
    const [from, to] = [victim.random.between(5, value.length), victim.random.between(5, value.length)];
    return {
      key: victim.key,
      value: Buffer.concat([value.subarray(0, Math.min(from, to)), value.subarray(Math.max(from, to))]),
    };
  },
};

function valid({ topic, fields, schemaIdOf }: Victim): Bytes {
  return encodeFields(topic, fields, schemaIdOf);
}

function replaced(victim: Victim, field: string, bytes: Bytes): Attacked {
  return { key: victim.key, value: valid({ ...victim, fields: { ...victim.fields, [field]: bytes } }) };
}

/** For fields that one kind of event has: on the others the id takes the blow. */
function onTopic(victim: Victim, topic: EventTopic, field: string, bytes: Bytes): Attacked {
  return victim.topic === topic ? replaced(victim, field, bytes) : replaced(victim, 'eventId', text(''));
}

const LISTS: Readonly<Partial<Record<EventTopic, string>>> = {
  interactions: 'properties',
  orders: 'items',
  identities: 'traits',
};

const TEXTS: Readonly<Record<EventTopic, readonly string[]>> = {
  interactions: ['eventId', 'channel', 'action'],
  orders: ['eventId', 'orderId', 'currency'],
  marketing: ['customerId', 'campaignId', 'channel'],
  identities: ['eventId', 'customerId'],
};

const REFUSED_BY_LENGTH: Attack = (victim) => replaced(victim, 'eventId', bomb(victim.random));

/** A length that nothing behind it has: huge, negative, or a varint that does not end. */
function bomb(random: Random): Bytes {
  return random.pick(BOMBS);
}

const HUGE = [2n ** 31n - 1n, 2n ** 31n, 2n ** 32n, 2n ** 52n, 2n ** 53n, 2n ** 62n, 2n ** 63n - 1n, 2n ** 70n];
const BOMBS = [
  ...HUGE.map(long),
  ...HUGE.map((size) => long(-size)),
  Buffer.alloc(9, 0xff),
  Buffer.alloc(70_000, 0x80),
];

/** Counts that lie; or many small blocks, which are legal Avro, of more items than there may be. */
function blockBomb(random: Random): Bytes {
  return random.pick([bomb(random), MANY_BLOCKS, EMPTY_BLOCKS, WRONG_SIZE]);
}

const MANY_BLOCKS = Buffer.concat([
  ...Array.from({ length: 2_000 }, (_, i) => Buffer.concat([long(1), entry(String(i), '')])),
  long(0),
]);
const EMPTY_BLOCKS = Buffer.concat(
  Array.from({ length: 500 }, () => Buffer.concat([long(-1n), long(0), entry('', '')])),
);
const WRONG_SIZE = Buffer.concat([long(-1n), long(2n ** 60n), entry('a', 'b')]).subarray(0, -1);

function randomBytes(random: Random, length: number): Bytes {
  return Buffer.from(Array.from({ length }, () => random.between(0, 255)));
}

const TAILS = [Buffer.from([0]), Buffer.from([1, 2, 3]), Buffer.alloc(5_000)];
/** Also the greatest that four bytes hold, which no registry gives. */
const UNKNOWN_IDS = [0, 999_999, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];
/** An unpaired surrogate, an overlong slash, a byte that begins nothing, a character cut in two. */
const NO_UTF8 = [[0xed, 0xa0, 0x80], [0xc0, 0xaf], [0xff], [0x61, 0xf0, 0x9f, 0x98]].map((bytes) => Buffer.from(bytes));
const BAD_TIMES = [
  EARLIEST_AT - 1,
  0,
  -1,
  -(2 ** 31),
  253_402_300_800_000,
  2 ** 52,
  -(2n ** 63n),
  2n ** 63n - 1n,
  2n ** 64n,
];
const BAD_AMOUNTS = [-1, 10_000_000_000_001, 2 ** 52 - 1, 2n ** 53n, -(2n ** 63n), 2n ** 63n - 1n];
const BAD_CURRENCIES = ['', 'usd', 'XXX', '__proto__', 'constructor', 'U\u0000D', 'USDX'.repeat(5_000)];
