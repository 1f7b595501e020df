import type { CustomerNow } from '@tidemark/reading';
import { formatCount, formatDay, formatShare, formatTable } from '../terminal/format.ts';

type Facts = NonNullable<CustomerNow['profile']>;

const INTERESTS_SHOWN = 5;

/** What is known of the customer besides scores, for people. */
export function formatFacts(profile: Facts | null): string[] {
  if (profile === null) return ['Profile: nothing known'];
  const { firstSeenAt, lastSeenAt, channels, interests, traits, consents } = profile;
  const seen =
    firstSeenAt === null || lastSeenAt === null
      ? 'never seen'
      : `first seen ${formatDay(firstSeenAt)}, last seen ${formatDay(lastSeenAt)}`;
  const lists: readonly (readonly [string, readonly string[]])[] = [
    ['channels', channels.map(({ channel, events }) => `${channel} (${formatCount(events)})`)],
    ['interests', interests.slice(0, INTERESTS_SHOWN).map(({ category }) => category)],
    ['consents', consents.map(({ channel, purpose, granted }) => `${channel} ${purpose} ${granted ? 'yes' : 'no'}`)],
    ['traits', traits.map(({ name, value }) => `${name}: ${value}`)],
  ];
  return [
    `Profile: ${seen}`,
    ...formatCounters(profile),
    ...formatTable(
      lists.flatMap(([name, items]) => (items.length === 0 ? [] : [[name, items.join(', ')]])),
      'left',
    ),
  ];
}

function formatCounters({ counters, marketing }: Facts): string[] {
  const names = { interactions: 'interactions', orderEvents: 'order events', marketing: 'campaign messages' } as const;
  const rows = Object.entries(names).map(([counter, name]) => {
    const { lifetime, last30Days, last7Days } = counters[counter as keyof typeof names];
    return [
      name,
      formatCount(lifetime),
      `${formatCount(last30Days)} in 30 days`,
      `${formatCount(last7Days)} in 7 days`,
    ];
  });
  const { openRate, clickRate } = marketing;
  const rates = [
    ...(openRate === null ? [] : [`opened ${formatShare(openRate, 1)}`]),
    ...(clickRate === null ? [] : [`clicked ${formatShare(clickRate, 1)}`]),
  ];
  return [...formatTable(rows), ...(rates.length === 0 ? [] : [`  of them ${rates.join(', ')}`])];
}
