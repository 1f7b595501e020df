import type { CustomerNow } from '@tidemark/reading';

/** The profile as one line of JSON; times are ISO 8601. */
export function profileJson({ customerId, at, policy, profile, scores, tier, upgrading }: CustomerNow): string {
  const timed = Object.entries(scores).map(([name, score]) => {
    if (score === null) return [name, null];
    const { view, exact, next } = score;
    return [name, { view, exact, next: next === null ? null : { ...next, at: isoOf(next.at) } }];
  });
  return JSON.stringify({
    customerId,
    at: isoOf(at),
    policy,
    tier: tier === null ? null : tierJson(tier),
    ...Object.fromEntries(timed),
    profile: profile === null ? null : factsJson(profile),
    ...(upgrading.length === 0 ? {} : { upgrading }),
  });
}

function tierJson(now: NonNullable<CustomerNow['tier']>) {
  const { tier, labels, benefits, strategy, points, since, belowSince, changes, reasons, next } = now;
  return {
    tier,
    labels,
    benefits,
    strategy,
    points,
    since: isoOf(since),
    belowSince: belowSince === null ? null : isoOf(belowSince),
    changes,
    reasons,
    next: next === null ? null : { ...next, at: isoOf(next.at) },
  };
}

function factsJson({ place: _, ...profile }: NonNullable<CustomerNow['profile']>) {
  const { traits, consents, firstSeenAt, lastSeenAt, channels } = profile;
  return {
    ...profile,
    traits: traits.map((trait) => ({ ...trait, at: isoOf(trait.at) })),
    consents: consents.map((consent) => ({ ...consent, at: isoOf(consent.at) })),
    firstSeenAt: firstSeenAt === null ? null : isoOf(firstSeenAt),
    lastSeenAt: lastSeenAt === null ? null : isoOf(lastSeenAt),
    channels: channels.map((channel) => ({ ...channel, lastSeenAt: isoOf(channel.lastSeenAt) })),
  };
}

function isoOf(time: number): string {
  return new Date(time).toISOString();
}
