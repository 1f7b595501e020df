import { MARKETING_KINDS, type MarketingKind, type TimelineEvent } from '../../events.ts';
import { groupBy } from '../../group-by.ts';
import { DAY_MS, startOfDay, type TimeMs } from '../../time.ts';
import type { Epoch } from '../facet.ts';
import type { CounterNow, ProfileNow } from './describe-profile.ts';

/**
 * The profile at `at` of a customer's whole history, computed at once: the plain definition that the fold must equal.
 * Without bounds on channels, interests and orders known, where the fold's depend on the order of arrival; all order
 * events are taken to be within the history. `arrived` is in order of arrival: of order events that tell the same the
 * first counts.
 */
export function profileOf(arrived: readonly TimelineEvent[], at: TimeMs): ProfileNow {
  const events = arrived.filter((event, i) => {
    return event.type !== 'order' || arrived.findIndex((other) => toldBy(other) === toldBy(event)) === i;
  });
  const times = events.map(({ data }) => data.occurredAt).sort((a, b) => a - b);
  const identities = events.flatMap((event) => (event.type === 'identity' ? [event.data] : []));
  const traits = identities.flatMap(({ traits, occurredAt, eventId }) =>
    Object.entries(traits).map(([name, value]) => ({ name, value, at: occurredAt, source: eventId })),
  );
  const consents = identities.flatMap(({ consents, occurredAt, eventId }) =>
    consents.map(({ channel, purpose, granted }) => ({ channel, purpose, granted, at: occurredAt, source: eventId })),
  );
  return {
    traits: standing(
      traits,
      ({ name }) => [name],
      // Of one event that says both, the value stands.
      ({ value }) => (value === null ? '' : `=${value}`),
    ).flatMap(({ value, ...trait }) => (value === null ? [] : [{ ...trait, value }])),
    consents: standing(
      consents,
      ({ channel, purpose }) => [channel, purpose],
      ({ granted }) => (granted ? 'a' : 'b'),
    ),
    firstSeenAt: times.at(0) ?? null,
    lastSeenAt: times.at(-1) ?? null,
    counters: {
      interactions: counterOf(events, 'interaction', at),
      orderEvents: counterOf(events, 'order', at),
      marketing: counterOf(events, 'marketing', at),
    },
    channels: channelsOf(events),
    interests: interestsOf(events, at),
    marketing: marketingOf(events),
  };
}

/** The exact values of that profile. */
export function profileBatch(epochs: readonly Epoch<undefined>[], at: TimeMs) {
  const arrived = epochs.flatMap(({ arrivals }) => arrivals.map(({ event }) => event));
  const { counters, lastSeenAt } = profileOf(arrived, at);
  const { interactions, orderEvents, marketing } = counters;
  const exact = {
    interactions: interactions.lifetime,
    interactions7: interactions.last7Days,
    interactions30: interactions.last30Days,
    orderEvents: orderEvents.lifetime,
    orderEvents7: orderEvents.last7Days,
    orderEvents30: orderEvents.last30Days,
    marketing: marketing.lifetime,
    marketing7: marketing.last7Days,
    marketing30: marketing.last30Days,
    daysSinceLastSeen: lastSeenAt === null ? null : Math.max(0, at - lastSeenAt) / DAY_MS,
  };
  return { view: null, exact };
}

function toldBy({ type, data }: TimelineEvent): string | null {
  if (type !== 'order') return null;
  const { orderId, status, refundId, eventId, occurredAt, amountMinor, currency } = data;
  const refund = status === 'partially_refunded' ? (refundId ?? eventId) : null;
  return JSON.stringify([orderId, status, refund, status === 'updated' && [occurredAt, amountMinor, currency]]);
}

/** The winner of each name; of all winners the hundred newest; by name. */
function standing<Fact extends { readonly at: TimeMs; readonly source: string }>(
  facts: readonly Fact[],
  nameOf: (fact: Fact) => readonly string[],
  saidOf: (fact: Fact) => string,
): readonly Fact[] {
  const winners = [...groupBy(facts, (fact) => JSON.stringify(nameOf(fact))).values()].map((rivals) =>
    rivals.reduce((a, b) => (compare([a.at, a.source, saidOf(a)], [b.at, b.source, saidOf(b)]) < 0 ? b : a)),
  );
  return winners
    .sort((a, b) => compare([-a.at, ...nameOf(a)], [-b.at, ...nameOf(b)]))
    .slice(0, 100)
    .sort((a, b) => compare(nameOf(a), nameOf(b)));
}

function counterOf(events: readonly TimelineEvent[], type: TimelineEvent['type'], at: TimeMs): CounterNow {
  const times = events.filter((event) => event.type === type).map(({ data }) => data.occurredAt);
  const sinceDaysBefore = (days: number) => times.filter((time) => time >= startOfDay(at) - days * DAY_MS).length;
  return { lifetime: times.length, last7Days: sinceDaysBefore(6), last30Days: sinceDaysBefore(29) };
}

function channelsOf(events: readonly TimelineEvent[]): ProfileNow['channels'] {
  const visits = events.flatMap((event) =>
    event.type === 'interaction' || event.type === 'marketing' ? [event.data] : [],
  );
  return [...groupBy(visits, ({ channel }) => channel)]
    .map(([channel, visited]) => {
      const lastSeenAt = Math.max(...visited.map(({ occurredAt }) => occurredAt)) as TimeMs;
      return { channel, lastSeenAt, events: visited.length };
    })
    .sort((a, b) => compare([a.channel], [b.channel]));
}

/** An age is counted from the newest interaction with a category at the earliest, if that lies in the future. */
function interestsOf(events: readonly TimelineEvent[], at: TimeMs): ProfileNow['interests'] {
  const looks = events.flatMap(({ type, data }) =>
    type === 'interaction' && data.category !== null ? [{ category: data.category, occurredAt: data.occurredAt }] : [],
  );
  const effectiveAt = Math.max(at, ...looks.map(({ occurredAt }) => occurredAt));
  return [...groupBy(looks, ({ category }) => category)]
    .map(([category, times]) => {
      const parts = times.map(({ occurredAt }) => 2 ** (-(effectiveAt - occurredAt) / (30 * DAY_MS)));
      return { category, score: parts.sort((a, b) => a - b).reduce((sum, part) => sum + part, 0) };
    })
    .sort((a, b) => compare([-a.score, a.category], [-b.score, b.category]));
}

function marketingOf(events: readonly TimelineEvent[]): ProfileNow['marketing'] {
  const countOf = (kind: MarketingKind) =>
    events.filter(({ type, data }) => type === 'marketing' && data.kind === kind);
  const counts = Object.fromEntries(MARKETING_KINDS.map((kind) => [kind, countOf(kind).length])) as Record<
    MarketingKind,
    number
  >;
  const reached = counts.delivered > 0 ? counts.delivered : counts.sent;
  return {
    counts,
    openRate: reached > 0 ? counts.opened / reached : null,
    clickRate: reached > 0 ? counts.clicked / reached : null,
  };
}

function compare(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? '';
    if (value !== other) return value < other ? -1 : 1;
  }
  return 0;
}
