import { MARKETING_KINDS, type MarketingKind, type TimelineEvent } from '../../events.ts';
import { type ToldOrders, tell, whatItTells } from '../../orders/told-orders.ts';
import type { CommonPolicy } from '../../policy.ts';
import { DAY_MS, type TimeMs } from '../../time.ts';
import { facet } from '../facet.ts';
import { profileBatch } from './batch.ts';
import { type CountedType, type Counts, countOnDay, countsInWindows, type Day, plusOne } from './days.ts';
import { addInterest, type Interests, noInterests } from './interests.ts';
import { addIdentity, type Statement } from './statements.ts';

/** Arrays in place of objects where there are many of a kind: people read this in the store, and it should stay short. */
export interface ProfileState {
  /** The least and the greatest occurredAt of all events, identities too; null while there was none. */
  readonly seen: readonly [firstAt: TimeMs, lastAt: TimeMs] | null;
  /** Interactions, order events and marketing events of all time. */
  readonly lifetime: Counts;
  /** The same by UTC day, ascending, as far back as the longest window reached at the last event. */
  readonly days: readonly Day[];
  /** Ascending by channel. */
  readonly channels: readonly Channel[];
  readonly interests: Interests;
  /** Lifetime counts in the order of `MARKETING_KINDS`; zeros at the end are left out. */
  readonly marketing: readonly number[];
  /** What the order events that counted told. */
  readonly orders: ToldOrders;
  /** Traits and consents that stand, by the identity event that said so; absent while there was none. */
  readonly said?: readonly Statement[];
}

/** Where interactions and marketing events took place. */
export type Channel = readonly [channel: string, lastSeenAt: TimeMs, events: number];

export interface ProfileParameters {
  /** How long an order is remembered. */
  readonly historyMs: number;
}

/** More than any business has; bounds the state. */
const CHANNELS_MAX = 20;

/**
 * What is known of a customer: traits and consents, first and last seen, counters, channels, interests, marketing
 * engagement. It has no view: what silence changes is computed when it is read, from the days that are kept. A window of n
 * days is the current UTC day and the n - 1 before it. An event of tomorrow (up to 5 minutes ahead) counts at once; an
 * older one than the windows in `lifetime` alone.
 *
 * `orderEvents` counts every step in the life of an order (placed and paid are 2): orders, net of cancellations and
 * refunds, are rfm's to count. A step counts once, however often and under whichever eventId it is sent; one that is
 * known, or older than the history, changes nothing at all. See `tell` for what is remembered.
 *
 * Nothing depends on the order of arrival but the rounding of interests and, past their bounds, the interests kept and
 * the event count of a channel: of more than `CHANNELS_MAX` the last seen are kept (of one time those first by name),
 * and one that comes back counts from 0. Of events but orders no id is remembered: duplicates are unify's to drop.
 *
 * Cost: a pass over what the event touches; identities sort the traits and consents held.
 */
export const profile = facet({
  name: 'profile',
  version: 2,
  firstVersion: 2,
  publishes: false,
  always: true,
  // Nothing waits for a profile: a quarter of a second makes of a customer's many events one write, and a chunk holds each
  // customer once however much happened to them.
  pace: { lingerMs: 250, stepsMin: 20_000 },
  eventTypes: ['order', 'interaction', 'marketing', 'identity'],
  exact: {
    interactions: 'events',
    interactions7: 'events',
    interactions30: 'events',
    orderEvents: 'events',
    orderEvents7: 'events',
    orderEvents30: 'events',
    marketing: 'events',
    marketing7: 'events',
    marketing30: 'events',
    daysSinceLastSeen: 'days',
  },
  parametersOf: (_section: undefined, { orders }: CommonPolicy): ProfileParameters => {
    return { historyMs: Math.round(orders.historyDays * DAY_MS) };
  },
  initial: {
    seen: null,
    lifetime: [0, 0, 0],
    days: [],
    channels: [],
    interests: noInterests,
    marketing: [],
    orders: '',
  } as ProfileState,
  evolve,
  exactAt,
  batch: profileBatch,
});

function evolve(state: ProfileState, event: TimelineEvent, at: TimeMs, { historyMs }: ProfileParameters): ProfileState {
  const { occurredAt } = event.data;
  switch (event.type) {
    case 'identity': {
      const held = state.said ?? NOTHING_SAID;
      const said = addIdentity(held, event.data);
      const seen = seenWith(state.seen, occurredAt);
      if (said === held) return seen === state.seen ? state : { ...state, seen };
      return { ...state, seen, said };
    }
    case 'order': {
      const orders = tell(state.orders, whatItTells(event.data), occurredAt, at, historyMs);
      return orders === null ? state : { ...state, ...counted(state, occurredAt, 'order', at), orders };
    }
    case 'interaction': {
      const { channel, category } = event.data;
      const channels = countInChannel(state.channels, channel, occurredAt);
      const interests = category === null ? state.interests : addInterest(state.interests, category, occurredAt);
      return { ...state, ...counted(state, occurredAt, 'interaction', at), channels, interests };
    }
    case 'marketing': {
      const { channel, kind } = event.data;
      const channels = countInChannel(state.channels, channel, occurredAt);
      const marketing = countKind(state.marketing, kind);
      return { ...state, ...counted(state, occurredAt, 'marketing', at), channels, marketing };
    }
  }
}

function exactAt(state: ProfileState, at: TimeMs) {
  const { last7Days, last30Days } = countsInWindows(state.days, at);
  return {
    interactions: state.lifetime[0],
    interactions7: last7Days[0],
    interactions30: last30Days[0],
    orderEvents: state.lifetime[1],
    orderEvents7: last7Days[1],
    orderEvents30: last30Days[1],
    marketing: state.lifetime[2],
    marketing7: last7Days[2],
    marketing30: last30Days[2],
    daysSinceLastSeen: state.seen === null ? null : Math.max(0, at - state.seen[1]) / DAY_MS,
  };
}

const NOTHING_SAID: readonly Statement[] = [];

/** What every counted event changes. */
function counted(state: ProfileState, occurredAt: TimeMs, type: CountedType, at: TimeMs) {
  const seen = seenWith(state.seen, occurredAt);
  const lifetime = plusOne(state.lifetime, type);
  const days = countOnDay(state.days, occurredAt, type, at);
  return { seen, lifetime, days };
}

function seenWith(seen: ProfileState['seen'], occurredAt: TimeMs): ProfileState['seen'] {
  if (seen === null) return [occurredAt, occurredAt];
  const [firstAt, lastAt] = seen;
  if (occurredAt > lastAt) return [firstAt, occurredAt];
  return occurredAt < firstAt ? [occurredAt, lastAt] : seen;
}

function countInChannel(channels: readonly Channel[], channel: string, occurredAt: TimeMs): readonly Channel[] {
  const index = channels.findIndex(([held]) => held >= channel);
  const held = channels[index];
  if (held !== undefined && held[0] === channel) {
    return channels.with(index, [channel, occurredAt > held[1] ? occurredAt : held[1], held[2] + 1]);
  }
  const extended = channels.toSpliced(index === -1 ? channels.length : index, 0, [channel, occurredAt, 1]);
  return extended.length > CHANNELS_MAX ? withoutOldest(extended) : extended;
}

/** Of several with the oldest time, the last by name goes. */
function withoutOldest(channels: readonly Channel[]): readonly Channel[] {
  const oldestAt = Math.min(...channels.map(([, lastSeenAt]) => lastSeenAt));
  return channels.toSpliced(
    channels.findLastIndex(([, lastSeenAt]) => lastSeenAt === oldestAt),
    1,
  );
}

function countKind(counts: readonly number[], kind: MarketingKind): readonly number[] {
  const counted = [...counts];
  const place = MARKETING_KINDS.indexOf(kind);
  while (counted.length <= place) counted.push(0);
  counted[place] = (counted[place] ?? 0) + 1;
  return counted;
}
