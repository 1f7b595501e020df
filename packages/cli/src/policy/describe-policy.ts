import { facetNames, facets, type Policy, sectionOf, type TierRule } from '@tidemark/domain';
import { formatUtcOffset } from '@tidemark/policy/formats';
import { formatDay, formatTable } from '../terminal/format.ts';

/** A valid policy in a few lines. */
export function describePolicy(file: string, policy: Policy, hash: string): string[] {
  const { name, currency, events, orders, churn, tiers } = policy;
  const rates = Object.keys(currency.rates);
  const [firstTier, ...higher] = tiers.tiers;
  return [
    `${file} is a valid policy: ${name} (${hash.slice(0, HASH_DIGITS)})`,
    `Amounts in ${currency.base}${rates.length === 0 ? '' : `, orders in ${rates.join(', ')} too`}.`,
    `${describeSections(policy).join('; ')}.`,
    `Orders are remembered for ${orders.historyDays} days, and are one purchase up to ${churn.occasionGapHours} hours ` +
      `apart. Events before ${formatDay(events.earliestAt)} are refused.`,
    `Tiers; a fall needs ${tiers.minimumStayDays} days in the tier and ${tiers.graceDays} days of too few points:`,
    ...formatTable([[firstTier?.name ?? '', "everybody's"], ...higher.map(describeTier)], 'left'),
    `Points for ${Object.keys(tiers.points).join(', ')}.`,
    ...describeWords(policy),
  ];
}

/** What it says to people, of which no decision takes notice. */
function describeWords({ review, utcOffsetMinutes, tiers }: Policy): string[] {
  const rows = tiers.tiers.map(({ name, label, benefits, strategy }) => [
    name,
    Object.entries(label ?? {})
      .map(([language, text]) => (language === 'und' ? text : `${text} (${language})`))
      .join(', '),
    benefits?.join(', ') ?? '',
    strategy ?? '',
  ]);
  const said = rows.filter(([, ...words]) => words.some((word) => word !== ''));
  return [
    ...(said.length === 0 ? [] : ['Called, giving, treated:', ...formatTable(said, 'left')]),
    ...(review === undefined ? [] : [`To be looked at again on ${review}.`]),
    ...(utcOffsetMinutes === undefined ? [] : [`Its clocks are at ${formatUtcOffset(utcOffsetMinutes)}.`]),
  ];
}

const HASH_DIGITS = 12;

/** What each facet that is on says of its section. */
function describeSections(policy: Policy): string[] {
  return facetNames.flatMap((name) => {
    const section = sectionOf(policy, name);
    const described = section === undefined ? undefined : facets[name].policy?.describe?.(section);
    return described === undefined ? [] : [described];
  });
}

function describeTier({ name, enter, leave }: TierRule): string[] {
  return [name, `from ${enter} points, lost below ${leave}`];
}
