import { customerKey, laneOf, type RawTopic, RECORD_BYTES_MAX } from '@tidemark/contracts';
import type { NewRecord } from '@tidemark/stream';
import type { Random } from '@tidemark/testkit';
import { type Bytes, block, entry, optional } from './avro-bytes.ts';
import {
  EVENT_TOPICS,
  type EventTopic,
  encodeFields,
  MARK,
  ODD_IDS,
  ODD_NAMES,
  type SchemaIdOf,
  validFields,
} from './events.ts';
import { type ControlContext, extremePolicy, oldPolicy, REFUSED_CONTROL } from './hostile-control.ts';
import { REFUSED, UNCERTAIN } from './hostile-events.ts';

/** What must become of a record. `repeated`: valid; of those of its topic, customer and id one is on the timeline. */
export type Fate = 'refused' | 'repeated' | 'dropped' | 'uncertain';

export interface HostileRecord {
  readonly topic: RawTopic;
  readonly lane: number;
  readonly kind: string;
  readonly fate: Fate;
  readonly record: NewRecord;
}

export interface Surroundings {
  readonly lanes: number;
  /** ms since the epoch: events are of the months before it. */
  readonly now: number;
  readonly schemaIdOf: SchemaIdOf;
}

interface EventIds {
  readonly topic: EventTopic;
  readonly eventId: string;
  readonly customerId: string;
}

const CUSTOMERS = 3_000;
/** Events that a repeat is chosen from. */
const RECENT_MAX = 1_000;
/** Policies that are taken: each goes over all customers of its lane. */
const EXTREME_POLICIES_MAX = 20;

/** Records for all raw topics, valid ones among them. The same random numbers and surroundings give the same records. */
export function* hostileRecords(random: Random, count: number, surroundings: Surroundings): Generator<HostileRecord> {
  const recent: EventIds[] = [];
  let extremes = 0;
  for (let n = 0; n < count; n++) {
    const way = random.weighted({ valid: 30, repeat: 5, refused: 37, uncertain: 23, control: 5 });
    if (way === 'control') {
      const context = { ...surroundings, random, number: 2 + n };
      const isTaken = extremes < EXTREME_POLICIES_MAX && random.chance(0.05);
      if (isTaken) extremes++;
      yield withHeaders(random, controlRecord(context, isTaken, surroundings.lanes));
      continue;
    }
    const isRepeat = way === 'repeat' && recent.length > 0;
    const topic = random.pick(EVENT_TOPICS);
    const fresh = { topic, eventId: `${MARK}-${n}`, customerId: customerOf(random) };
    const ids = isRepeat ? repeatOf(random, random.pick(recent), fresh) : fresh;
    if (way === 'valid') recent[recent.length < RECENT_MAX ? recent.length : random.between(0, RECENT_MAX - 1)] = ids;
    yield withHeaders(random, eventRecord(random, way, ids, surroundings));
  }
}

/** The same event, or one that only has its id: of another topic, or another customer. */
function repeatOf(random: Random, event: EventIds, { topic, customerId }: EventIds): EventIds {
  const way = random.weighted({ same: 8, topic: 1, customer: 1 });
  return { ...event, ...(way === 'topic' ? { topic } : {}), ...(way === 'customer' ? { customerId } : {}) };
}

function customerOf(random: Random): string {
  return random.chance(0.02) ? random.pick(ODD_CUSTOMERS) : `${MARK}-customer-${random.between(1, CUSTOMERS)}`;
}

/** Also of the greatest length. */
export const ODD_CUSTOMERS: readonly string[] = [...ODD_IDS, '__proto__', MARK.padEnd(256, 'c'), 'é'.repeat(128)];

function eventRecord(
  random: Random,
  way: 'valid' | 'repeat' | 'refused' | 'uncertain',
  ids: EventIds,
  surroundings: Surroundings,
): HostileRecord {
  const { lanes, now, schemaIdOf } = surroundings;
  const { topic } = ids;
  const key = Buffer.from(customerKey(ids.customerId));
  const fields = validFields(random, topic, { ...ids, now });
  const lane = laneOf(key, lanes);
  if (way === 'valid' && random.chance(0.001)) {
    return { topic: 'identities', lane, ...atTheBound(random, key, ids, surroundings) };
  }
  if (way === 'valid' || way === 'repeat') {
    const value = encodeFields(topic, fields, schemaIdOf);
    return { topic, lane, kind: way, fate: 'repeated', record: { key, value, headers: {} } };
  }
  const attacks = way === 'refused' ? REFUSED : UNCERTAIN;
  const kind = kindOf(random, attacks);
  const attack = attacks[kind];
  if (attack === undefined) throw new Error(`expected an attack ${kind}`);
  const attacked = attack({ random, topic, key, fields, schemaIdOf });
  const { key: attackedKey, value } = attacked;
  const record = { key: attackedKey, value, headers: {} };
  return { topic: attacked.topic ?? topic, lane, kind, fate: way, record };
}

/** Large ones are rare: they take most of the time. */
function kindOf(random: Random, attacks: Readonly<Record<string, unknown>>): string {
  const kind = random.pick(Object.keys(attacks));
  return kind === 'too large' && !random.chance(0.02) ? 'truncated' : kind;
}

/** Key and value together have as many bytes as a record may have, or one more. */
function atTheBound(random: Random, key: Bytes, ids: EventIds, { now, schemaIdOf }: Surroundings) {
  const isOver = random.chance(0.5);
  const short = { consents: block([]), linkedCustomerId: optional(null) };
  const fields = { ...validFields(random, 'identities', { ...ids, now }), ...short };
  const withTraits = (filler: number) => {
    const traits = Array.from({ length: 63 }, (_, i) => entry(`t${String(i).padStart(2, '0')}`, 'v'.repeat(4_096)));
    return encodeFields(
      'identities',
      { ...fields, traits: block([...traits, entry('last', 'v'.repeat(filler))]) },
      schemaIdOf,
    );
  };
  // A length from 1,000 on takes two bytes, whatever it is.
  const room = RECORD_BYTES_MAX - key.length - withTraits(1_000).length;
  const value = withTraits(1_000 + room + (isOver ? 1 : 0));
  return { kind: 'at the bound', fate: isOver ? 'refused' : 'repeated', record: { key, value, headers: {} } } as const;
}

function controlRecord(context: ControlContext, isTaken: boolean, lanes: number): HostileRecord {
  const { random } = context;
  const lane = random.between(0, lanes - 1);
  const key = random.chance(0.2) ? Buffer.from(random.pick(ODD_NAMES)) : null;
  const common = { topic: 'control', lane } as const;
  if (isTaken) {
    return {
      ...common,
      kind: 'extreme policy',
      fate: 'uncertain',
      record: { key, value: extremePolicy(context), headers: {} },
    };
  }
  if (random.chance(0.1)) {
    return { ...common, kind: 'old policy', fate: 'dropped', record: { key, value: oldPolicy(context), headers: {} } };
  }
  const kind = random.pick(Object.keys(REFUSED_CONTROL));
  const value = REFUSED_CONTROL[kind]?.(context) ?? null;
  return { ...common, kind, fate: 'refused', record: { key, value, headers: {} } };
}

/** Some with headers: those that the pipeline itself uses, those that JavaScript has, and too many of them. */
function withHeaders(random: Random, hostile: HostileRecord): HostileRecord {
  if (!random.chance(0.05)) return hostile;
  const headers = random.chance(0.02) ? MANY_HEADERS : random.pick(HEADERS);
  return { ...hostile, record: { ...hostile.record, headers } };
}

const HEADERS: readonly Readonly<Record<string, string>>[] = [
  { type: 'policy', origin: 'orders:0', 'log-time': '9999999999999', clock: 'event', schema: 'ffff', 'event-id': MARK },
  { head: `2 policy event 9999999999999 - ffff orders:0 - - ${MARK}` },
  { origin: '__proto__:-1', source: '-1', redriven: 'x' },
  JSON.parse('{"__proto__": "polluted", "constructor": "x"}'),
  { '': '', ' ': MARK, '\u0000': '\u0000', '\u{1f600}': '\u{fffd}' },
  { long: MARK.padEnd(60_000, 'h') },
];

const MANY_HEADERS = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`${MARK}-${i}`, 'x']));
