import { MARKETING_KINDS, type ScoreName, scoreNames, type TimeMs } from '@tidemark/domain';
import type { CustomerNow, FacetPlace, ScoreNow, TierNow } from '@tidemark/reading';
import { type Static, Type } from 'typebox';
import { iso, isoOrNull } from './iso.ts';
import { list, nullable, number, oneOf, record, text, time, view, whole } from './schema.ts';
import { reasonSchema } from './tier-change.ts';

const placeSchema = Type.Object({
  timelineOffset: whole('The next timeline offset to fold.'),
  streamTime: time(),
  ageMs: whole('How far this part is behind `at`, ms.'),
});

const counterSchema = Type.Object({ lifetime: whole(), last7Days: whole(), last30Days: whole() });

const profileSchema = Type.Object({
  traits: list(Type.Object({ name: text(), value: text(), at: time(), source: text('The eventId that said so.') })),
  consents: list(
    Type.Object({ channel: text(), purpose: text(), granted: Type.Boolean(), at: time(), source: text() }),
  ),
  firstSeenAt: nullable(time()),
  lastSeenAt: nullable(time()),
  counters: Type.Object({ interactions: counterSchema, orderEvents: counterSchema, marketing: counterSchema }),
  channels: list(Type.Object({ channel: text(), lastSeenAt: time(), events: whole() })),
  interests: list(Type.Object({ category: text(), score: number() }), 'The strongest first.'),
  marketing: Type.Object({
    counts: Type.Unsafe<Readonly<Record<(typeof MARKETING_KINDS)[number], number>>>({
      type: 'object',
      properties: Object.fromEntries(MARKETING_KINDS.map((kind) => [kind, whole()])),
      required: [...MARKETING_KINDS],
    }),
    openRate: nullable(number()),
    clickRate: nullable(number()),
  }),
  place: placeSchema,
});

const scoreSchema = Type.Object({
  view: nullable(view),
  exact: record(nullable(number()), 'The exact values behind the view.'),
  next: nullable(Type.Object({ at: time(), view: nullable(view) }, { description: 'What comes if no event does.' })),
  place: placeSchema,
});

const tierSchema = Type.Object({
  tier: text(),
  points: number(),
  since: time(),
  belowSince: nullable(time('Since when points have been below what keeps the tier.')),
  changes: whole('How many changes of tier the customer has had.'),
  views: record(nullable(view)),
  reasons: list(reasonSchema),
  next: nullable(Type.Object({ at: time(), tier: text() }, { description: 'What comes if no event does.' })),
  labels: record(text(), 'What the tier is called, by language (BCP 47; `und` where none is said).'),
  benefits: list(text(), 'What the policy gives with it.'),
  strategy: nullable(text('How the policy means its customers to be treated.')),
  place: placeSchema,
});

const policySchema = Type.Object(
  {
    number: whole(),
    name: text(),
    review: nullable(text('The day on which the business wants to look at it again.')),
    utcOffset: nullable(text("What the business's clocks are ahead of UTC, such as +08:00.")),
  },
  { description: 'The policy that the tier is decided by; null before the first decision in the lane.' },
);

export const customerSchema = Type.Object(
  {
    customerId: text(),
    lane: whole(),
    clock: oneOf('event', 'live'),
    at: time('When all this holds: stream time on the event clock, the wall clock live.'),
    policy: nullable(policySchema),
    profile: nullable(profileSchema),
    scores: Type.Unsafe<Readonly<Record<ScoreName, Static<typeof scoreSchema> | null>>>({
      type: 'object',
      properties: Object.fromEntries(scoreNames.map((name) => [name, nullable(scoreSchema)])),
      required: [...scoreNames],
    }),
    tier: nullable(tierSchema),
    upgrading: list(
      text(),
      'Parts that are null because another version of them is in force than the one that answers: it passes with the upgrade.',
    ),
  },
  { description: 'Everything of a customer at one moment.' },
);

export function customerJson(customer: CustomerNow): Static<typeof customerSchema> {
  const { customerId, lane, clock, at, policy, profile, scores, tier, upgrading } = customer;
  return {
    customerId,
    lane,
    clock,
    at: iso(at),
    policy,
    profile: profile && profileJson(profile),
    scores: Object.fromEntries(scoreNames.map((name) => [name, scores[name] && scoreJson(scores[name])])) as Record<
      ScoreName,
      Static<typeof scoreSchema> | null
    >,
    tier: tier && tierJson(tier),
    upgrading: [...upgrading],
  };
}

function profileJson(profile: NonNullable<CustomerNow['profile']>): Static<typeof profileSchema> {
  return {
    ...profile,
    traits: profile.traits.map(atIso),
    consents: profile.consents.map(atIso),
    firstSeenAt: isoOrNull(profile.firstSeenAt),
    lastSeenAt: isoOrNull(profile.lastSeenAt),
    channels: profile.channels.map((channel) => ({ ...channel, lastSeenAt: iso(channel.lastSeenAt) })),
    place: placeJson(profile.place),
  };
}

function scoreJson({ view, exact, next, place }: ScoreNow): Static<typeof scoreSchema> {
  return { view, exact, next: next && atIso(next), place: placeJson(place) };
}

function tierJson(tier: TierNow): Static<typeof tierSchema> {
  return {
    ...tier,
    since: iso(tier.since),
    belowSince: isoOrNull(tier.belowSince),
    next: tier.next && atIso(tier.next),
    place: placeJson(tier.place),
  };
}

function placeJson(place: FacetPlace): Static<typeof placeSchema> {
  return { ...place, streamTime: iso(place.streamTime) };
}

function atIso<Thing extends { readonly at: TimeMs }>(thing: Thing): Omit<Thing, 'at'> & { at: string } {
  return { ...thing, at: iso(thing.at) };
}
