import { type CustomerId, scoreNames, type TimeMs } from '@tidemark/domain';
import type { CustomerNow, Explanation, LanePlace, TierChangeEntry, TimelineEntry } from '@tidemark/reading';

const day = (number: number) => Date.UTC(2026, 10, number, 9, 30) as TimeMs;
const place = { timelineOffset: 41, streamTime: day(20), ageMs: 86_400_000 };
const counter = { lifetime: 12, last7Days: 2, last30Days: 5 };

/** A customer with something in every part. */
export const ada: CustomerNow = {
  customerId: 'ada',
  lane: 3,
  clock: 'live',
  upgrading: ['churn'],
  at: day(21),
  policy: { number: 1, name: 'default', review: '2027-01-31', utcOffset: '+08:00' },
  profile: {
    traits: [{ name: 'city', value: 'Wien', at: day(1), source: 'crm-1' }],
    consents: [{ channel: 'email', purpose: 'marketing', granted: true, at: day(2), source: 'crm-2' }],
    firstSeenAt: day(1),
    lastSeenAt: day(20),
    counters: { interactions: counter, orderEvents: counter, marketing: counter },
    channels: [{ channel: 'web', lastSeenAt: day(19), events: 7 }],
    interests: [{ category: 'boots', score: 1.5 }],
    marketing: {
      counts: { sent: 4, delivered: 4, opened: 2, clicked: 1, bounced: 0, unsubscribed: 0, converted: 1 },
      openRate: 0.5,
      clickRate: null,
    },
    place,
  },
  scores: {
    ...(Object.fromEntries(scoreNames.map((name) => [name, null])) as CustomerNow['scores']),
    rfm: {
      view: { recency: 5, segment: 'champion' },
      exact: { spendMinor: 12_300, lapse: null },
      next: { at: day(28), view: null },
      place,
    },
    behaviour: { view: null, exact: {}, next: null, place },
  },
  tier: {
    tier: 'gold',
    points: 120.5,
    since: day(5),
    belowSince: day(18),
    changes: 2,
    views: { rfm: { recency: 5, segment: 'champion' }, behaviour: null },
    reasons: [{ view: 'rfm.segment', value: 'champion', points: 100 }],
    next: { at: day(30), tier: 'silver' },
    labels: { und: 'Gold', zh: '金' },
    benefits: ['lounge'],
    strategy: 'Write by hand.',
    place,
  },
};

export const tierChange: TierChangeEntry = {
  change: 2,
  from: 'silver',
  to: 'gold',
  direction: 'up',
  points: 120.5,
  effectiveAt: day(5),
  timelineOffset: 40,
  policyNumber: 1,
  reasons: [{ view: 'rfm.recency', value: 5, points: 20.5 }],
  causes: [{ score: 'rfm', kind: 'event', origin: 'orders:17', eventId: 'order-17-paid' }],
  labels: { silver: 'Silver', gold: 'Gold', 'gold.zh': '金' },
  benefits: ['lounge'],
  strategy: 'Write by hand.',
};

export const timeline: readonly TimelineEntry[] = [
  { kind: 'tier', at: day(5), ...tierChange },
  {
    kind: 'view',
    score: 'rfm',
    at: day(5),
    timelineOffset: 40,
    from: null,
    to: { recency: 5 },
    cause: { kind: 'silence', origin: null, eventId: null },
  },
  {
    kind: 'event',
    type: 'order',
    at: day(5),
    occurredAt: day(4),
    eventId: 'order-17-paid',
    origin: 'orders:17',
    timelineOffset: 40,
    note: 'repeat',
    data: { amountMinor: 1_999, items: [{ sku: 'a' }] },
  },
];

export const explanation: Explanation = {
  customerId: 'ada',
  lane: 3,
  clock: 'live',
  at: day(21),
  policy: { number: 1, name: 'default' },
  tier: {
    name: 'gold',
    points: 120.5,
    since: day(5),
    belowSince: null,
    leave: 80,
    up: null,
    down: { name: 'silver' },
  },
  attributes: [
    {
      score: 'rfm',
      attribute: 'recency',
      value: 5,
      points: 20.5,
      inputs: [{ name: 'recencyDays', value: 3.25, unit: 'days' }],
      band: { input: 'recencyDays', from: null, to: 30, includes: 'to', below: null, above: 4 },
    },
  ],
  lastChange: {
    ...tierChange,
    because: [
      {
        score: 'rfm',
        kind: 'event',
        view: { from: null, to: { recency: 5 } },
        record: {
          origin: 'orders:17',
          eventId: 'order-17-paid',
          type: 'order',
          occurredAt: day(4),
          timelineOffset: 40,
        },
      },
      { score: null, kind: 'silence', view: null, record: null },
    ],
  },
  next: [
    {
      at: day(30),
      views: [{ score: 'rfm', from: { recency: 5 }, to: null }],
      tier: { from: 'gold', to: 'silver' },
      points: 60,
    },
  ],
};

export const lanePlace: LanePlace = {
  lane: 3,
  service: 'tier',
  timelineOffset: 41,
  streamTime: day(20),
  clock: null,
  lag: 7,
};

export const ADA = 'ada' as CustomerId;
export const since = day(5);
