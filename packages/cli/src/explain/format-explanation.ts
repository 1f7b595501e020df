import { type ExplainedCause, type Explanation, FUTURE_CHANGES_MAX, type FutureChange } from '@tidemark/reading';
import { formatDay, formatMinute, formatName, formatTable } from '../terminal/format.ts';
import { labelOf, titleOf } from '../terminal/words.ts';
import { describeAttribute } from './describe-attribute.ts';

type View = FutureChange['views'][number]['to'];

/** Why a customer has their tier, for people, line by line. */
export function formatExplanation(explanation: Explanation): string[] {
  const { customerId, at, policy, attributes } = explanation;
  return [
    `Customer ${customerId}, as of ${formatMinute(at)}, by policy ${policy.name} (number ${policy.number})`,
    '',
    ...formatTier(explanation),
    '',
    'What the points come from:',
    ...formatTable(attributes.map(describeAttribute), 'left'),
    '',
    ...formatLastChange(explanation.lastChange),
    '',
    ...formatNext(explanation),
  ];
}

function formatTier({ tier }: Explanation): string[] {
  const { name, points, since, belowSince, leave, up, down } = tier;
  const lines = [`Tier: ${name}, since ${formatDay(since)}, with ${points} points`];
  if (leave !== null && down !== null) lines.push(`  falls towards ${down.name} when points stay below ${leave}`);
  if (belowSince !== null) lines.push(`  points have been below that since ${formatMinute(belowSince)}`);
  if (up !== null) lines.push(`  rises to ${up.name} with ${up.enter} points`);
  return lines;
}

function formatLastChange(change: Explanation['lastChange']): string[] {
  if (change === null) return ['Last change: the log does not have it (any more)'];
  const step = change.from === null ? `entered as ${change.to}` : `${change.from} -> ${change.to}`;
  return [
    `Last change: ${step} on ${formatMinute(change.effectiveAt)} (change ${change.change}), because`,
    ...change.because.map((cause) => `  ${describeCause(cause)}`),
  ];
}

function describeCause({ score, kind, view, record }: ExplainedCause): string {
  const what = score === null ? WITHOUT_SCORE[kind] : describeChange(score, view?.from ?? null, view?.to ?? null);
  if (kind === 'silence') return score === null ? what : `${what}, by silence: nothing came that would have kept it`;
  if (record === null) return `${what}, by a record that the log no longer has`;
  const { type, origin, eventId, occurredAt, timelineOffset } = record;
  const named = eventId === null ? '' : `, event ${eventId}`;
  const when = occurredAt === null ? '' : ` of ${formatMinute(occurredAt)}`;
  return `${what}, by ${articleOf(type)} ${type}${when} (${origin}${named}, timeline offset ${timelineOffset})`;
}

/** Tier's own causes. */
const WITHOUT_SCORE: Readonly<Record<ExplainedCause['kind'], string>> = {
  silence: 'the points stayed too low until the grace and the minimum stay were over',
  policy: 'the rules changed',
  event: 'an event came',
  cutover: 'another version of the scores took over',
  merged: 'two ids became one',
  handed_over: 'another lane took over',
  erased: 'an erasure was asked for',
  override: 'somebody decided',
  unknown: 'for a reason that this version does not know',
};

function articleOf(type: string): string {
  return /^[aeiou]/.test(type) ? 'an' : 'a';
}

function formatNext({ next, tier }: Explanation): string[] {
  if (next.length === 0) return ['If nothing happens: everything stays as it is.'];
  const rows = next.map((step) => [formatMinute(step.at), describeStep(step)]);
  const isAll = next.at(-1)?.tier === null && next.length < FUTURE_CHANGES_MAX;
  const last = isAll ? [`  Then nothing changes any more, and ${tier.name} stays.`] : [];
  return ['If nothing happens:', ...formatTable(rows, 'left'), ...last];
}

function describeStep({ views, tier, points }: FutureChange): string {
  const changes = views.map(({ score, from, to }) => describeChange(score, from, to));
  if (tier !== null) changes.push(`tier ${tier.from} -> ${tier.to}`);
  return `${changes.join('; ')} (${points} points)`;
}

function describeChange(score: string, from: View, to: View): string {
  const attributes = Object.keys({ ...from, ...to }).filter((name) => from?.[name] !== to?.[name]);
  if (attributes.length === 0) return `${titleOf(score)} changed`;
  return attributes
    .map((name) => `${labelOf(`${score}.${name}`)} ${nameIn(from, name)} -> ${nameIn(to, name)}`)
    .join(', ');
}

function nameIn(view: View, attribute: string): string {
  return formatName(view?.[attribute] ?? 'unknown');
}
