import { facets, scoreNames, type View } from '@tidemark/domain';
import type { CustomerNow, ScoreNow, TierNow } from '@tidemark/reading';
import { formatDay, formatMinute, formatName, formatTable } from '../terminal/format.ts';
import { describeReason, titleOf, wordsOf } from '../terminal/words.ts';
import { formatFacts } from './format-facts.ts';

/** The profile for people, line by line. */
export function formatProfile({ customerId, at, policy, profile, scores, tier, upgrading }: CustomerNow): string[] {
  const lines = [
    `Customer ${customerId}, as of ${formatMinute(at)}`,
    '',
    ...formatTier(tier, upgrading),
    ...formatPolicy(policy),
  ];
  for (const name of scoreNames) {
    // Where it is off nobody has anything of it.
    if (scores[name] !== null || facets[name].always) lines.push('', ...formatScore(name, scores[name], upgrading));
  }
  return [...lines, '', ...(upgrading.includes('profile') ? ['Profile: upgrading'] : formatFacts(profile))];
}

function formatTier(tier: TierNow | null, upgrading: readonly string[]): string[] {
  if (upgrading.includes('tier')) return ['Tier: upgrading'];
  if (tier === null) return ['Tier: none yet'];
  const { points, since, changes, belowSince, reasons, next, labels, benefits, strategy } = tier;
  const called = Object.values(labels);
  const nth = changes === 1 ? 'the first change' : `change ${changes}`;
  return [
    `Tier: ${tier.tier}${called.length === 0 ? '' : ` (${called.join(', ')})`}, since ${formatDay(since)} (${nth}), with ${points} points`,
    ...(benefits.length === 0 ? [] : [`  gives ${benefits.join(', ')}`]),
    ...(strategy === null ? [] : [`  to be treated so: ${strategy}`]),
    ...reasons.map((reason) => `  ${describeReason(reason)}`),
    ...(belowSince === null ? [] : [`  below what the tier needs since ${formatDay(belowSince)}`]),
    next === null ? '  if nothing happens: stays' : `  if nothing happens: ${next.tier} on ${formatMinute(next.at)}`,
  ];
}

/** Nothing of a policy that says no more than its rules. */
function formatPolicy(policy: CustomerNow['policy']): string[] {
  if (policy === null || (policy.review === null && policy.utcOffset === null)) return [];
  const review = policy.review === null ? '' : `, to be looked at again on ${policy.review}`;
  const offset = policy.utcOffset === null ? '' : `, clocks at ${policy.utcOffset}`;
  return [`  policy ${policy.number} (${policy.name})${review}${offset}`];
}

function formatScore(name: string, score: ScoreNow | null, upgrading: readonly string[]): string[] {
  if (upgrading.includes(name)) return [`${titleOf(name)}: upgrading`];
  if (score === null) return [`${titleOf(name)}: nothing known`];
  const { view, exact, next } = score;
  return [
    `${titleOf(name)}: ${describeView(view)}`,
    ...formatTable(Object.entries(exact).map(([value, number]) => [wordsOf(value), formatExact(number)])),
    next === null
      ? '  if nothing happens: stays'
      : `  if nothing happens: ${describeView(next.view, view)} on ${formatMinute(next.at)}`,
  ];
}

/** With `before`, only what differs from it. */
function describeView(view: View | null, before: View | null = null): string {
  if (view === null) return 'nothing to say';
  const attributes = Object.entries(view).filter(([attribute, value]) => before?.[attribute] !== value);
  return attributes.map(([attribute, value]) => `${wordsOf(attribute)} ${formatName(value)}`).join(', ');
}

const DIGITS = 4;

function formatExact(value: number | null): string {
  if (value === null) return '-';
  return Number.isInteger(value) ? String(value) : value.toFixed(DIGITS);
}
