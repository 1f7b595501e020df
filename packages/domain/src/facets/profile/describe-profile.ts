import { MARKETING_KINDS, type MarketingKind } from '../../events.ts';
import type { TimeMs } from '../../time.ts';
import { countsInWindows } from './days.ts';
import { interestsAt } from './interests.ts';
import type { ProfileState } from './profile.ts';
import { consentsOf, traitsOf } from './statements.ts';

/** A customer's profile at a moment, for people and the query API. */
export interface ProfileNow {
  /** Ascending by name. `source` is the eventId of the identity event that said so. */
  readonly traits: readonly TraitNow[];
  /** Ascending by channel and purpose. */
  readonly consents: readonly ConsentNow[];
  /** Null for a customer without any event, like `lastSeenAt`. */
  readonly firstSeenAt: TimeMs | null;
  readonly lastSeenAt: TimeMs | null;
  readonly counters: {
    readonly interactions: CounterNow;
    /** Steps in the lives of orders, not orders. */
    /** Steps in the life of orders, each once: what is sent again has no effect, and is not counted. */
    readonly orderEvents: CounterNow;
    readonly marketing: CounterNow;
  };
  /** Ascending by channel. */
  readonly channels: readonly ChannelNow[];
  /** The strongest first: interactions of a category, each halving every 30 days. */
  readonly interests: readonly InterestNow[];
  readonly marketing: MarketingNow;
}

export interface TraitNow {
  readonly name: string;
  readonly value: string;
  readonly at: TimeMs;
  readonly source: string;
}

export interface ConsentNow {
  readonly channel: string;
  readonly purpose: string;
  readonly granted: boolean;
  readonly at: TimeMs;
  readonly source: string;
}

export interface CounterNow {
  readonly lifetime: number;
  /** UTC days, the current one included. */
  readonly last7Days: number;
  readonly last30Days: number;
}

export interface ChannelNow {
  readonly channel: string;
  readonly lastSeenAt: TimeMs;
  readonly events: number;
}

export interface InterestNow {
  readonly category: string;
  readonly score: number;
}

/**
 * Lifetime counts by kind, and rates over what was delivered, or over what was sent where nothing says what was
 * delivered; null where neither does. A message opened twice counts twice, so a rate can exceed 1.
 */
export interface MarketingNow {
  readonly counts: Readonly<Record<MarketingKind, number>>;
  readonly openRate: number | null;
  readonly clickRate: number | null;
}

/** The whole profile at `at`, a time not before any that the state has seen. */
export function describeProfile(state: ProfileState, at: TimeMs): ProfileNow {
  const { last7Days, last30Days } = countsInWindows(state.days, at);
  const counter = (index: 0 | 1 | 2): CounterNow => ({
    lifetime: state.lifetime[index],
    last7Days: last7Days[index],
    last30Days: last30Days[index],
  });
  return {
    traits: traitsOf(state.said ?? []).flatMap(({ at, source, said: [name, value] }) => {
      return value === null ? [] : [{ name, value, at, source }];
    }),
    consents: consentsOf(state.said ?? []).map(({ at, source, said: [channel, purpose, granted] }) => {
      return { channel, purpose, granted, at, source };
    }),
    firstSeenAt: state.seen?.[0] ?? null,
    lastSeenAt: state.seen?.[1] ?? null,
    counters: { interactions: counter(0), orderEvents: counter(1), marketing: counter(2) },
    channels: state.channels.map(([channel, lastSeenAt, events]) => ({ channel, lastSeenAt, events })),
    interests: interestsAt(state.interests, at).map(([category, score]) => ({ category, score })),
    marketing: describeMarketing(state.marketing),
  };
}

function describeMarketing(marketing: ProfileState['marketing']): MarketingNow {
  const counts = Object.fromEntries(MARKETING_KINDS.map((kind, place) => [kind, marketing[place] ?? 0])) as Record<
    MarketingKind,
    number
  >;
  const reached = counts.delivered || counts.sent;
  const rateOf = (count: number) => (reached === 0 ? null : count / reached);
  return { counts, openRate: rateOf(counts.opened), clickRate: rateOf(counts.clicked) };
}
