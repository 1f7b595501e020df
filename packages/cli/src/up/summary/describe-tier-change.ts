import { CAUSE_WORDS, type ChangeCause, isRawTopic, type TierCause, type TierChangeRecord } from '@tidemark/contracts';
import type { Policy, View } from '@tidemark/domain';
import type { ScoreViewChange } from '@tidemark/reading';
import { formatDay, formatName } from '../../terminal/format.ts';
import { describeReason, fieldOf, labelOf } from '../../terminal/words.ts';
import type { ExplainedTierChange } from './collect-summary.ts';

/** A tier change in words: what happened and why, then what gives the points now. */
export function describeTierChange(logged: ExplainedTierChange, policy: Policy): string[] {
  const { customerId, change } = logged;
  const step = change.from === null ? `enters as ${change.to}` : `${change.from} -> ${change.to}`;
  const because = change.causes.map((cause) => describeCause(cause, logged, policy));
  return [
    `  ${formatDay(change.effectiveAt)} customer ${customerId}: ${step} because ${because.join(', and ')}`,
    `             ${describePoints(change)}`,
  ];
}

function describeCause(cause: TierCause, logged: ExplainedTierChange, policy: Policy): string {
  if (cause.score === null) {
    if (cause.kind === 'policy') return 'the rules changed (a new policy)';
    if (cause.kind === 'cutover') return 'tiers are decided in another way (a new version)';
    return describeDelayedFall(logged, policy);
  }
  const found = logged.scoreChanges.find(({ score }) => score === cause.score);
  return found === undefined ? `${cause.score} changed (${triggerOf(cause)})` : describeScoreChange(found, policy);
}

/** Tier's own timer: the points were too low for long enough. */
function describeDelayedFall({ change, beforeGrace }: ExplainedTierChange, policy: Policy): string {
  const { graceDays, tiers } = policy.tiers;
  const rule = tiers.find(({ name }) => name === change.from);
  const needed = rule === undefined ? 'the tier needs' : `the ${rule.leave} that ${rule.name} needs`;
  const points = `the ${change.points} points stayed below ${needed} past the grace of ${graceDays} days (silence)`;
  const [first] = beforeGrace;
  if (first === undefined) return points;
  const before = beforeGrace.map((scoreChange) => describeScoreChange(scoreChange, policy));
  return `${before.join(' and ')} on ${formatDay(first.at)}, and ${points}`;
}

function describeScoreChange(change: ScoreViewChange, policy: Policy): string {
  const differences = describeDifferences(change, policy);
  const what = differences.length === 0 ? `${change.score} changed` : differences.join(' and ');
  return `${what} (${triggerOf(change.cause)})`;
}

/** What differs between the views, of that which the policy gives points for; of anything if it gives none. */
function describeDifferences({ score, from, to }: ScoreViewChange, { tiers }: Policy): string[] {
  const attributes = Object.keys(to ?? from ?? {}).filter((attribute) => from?.[attribute] !== to?.[attribute]);
  const telling = attributes.filter((attribute) => Object.hasOwn(tiers.points, `${score}.${attribute}`));
  return (telling.length > 0 ? telling : attributes).map((attribute) =>
    describeDifference(`${score}.${attribute}`, attributeOf(from, attribute), attributeOf(to, attribute)),
  );
}

type Value = string | number | null;

function attributeOf(view: View | null, attribute: string): Value {
  return view?.[attribute] ?? null;
}

function describeDifference(view: string, from: Value, to: Value): string {
  const label = labelOf(view);
  if (to === null) return `${label} is not known any more`;
  if (from === null) return `${label} is ${formatName(to)}`;
  return `${label} ${verbOf(view, from, to)} from ${formatName(from)} to ${formatName(to)}`;
}

function verbOf(view: string, from: string | number, to: string | number): string {
  const field = fieldOf(view);
  if (field === undefined || field.kind === 'named') return 'went';
  const [down, up] = field.verbs ?? ['fell', 'rose'];
  const rankOf = (value: string | number) =>
    field.kind === 'whole' ? Number(value) : field.values.indexOf(`${value}`);
  return rankOf(to) < rankOf(from) ? down : up;
}

function triggerOf({ kind, origin }: ChangeCause): string {
  if (kind === 'silence') return 'silence';
  if (kind === 'policy') return 'a new policy';
  if (kind === 'cutover') return 'a new version of the score';
  const topic = origin?.split(':')[0] ?? '';
  return isRawTopic(topic) ? CAUSE_WORDS[topic] : 'an event';
}

function describePoints({ points, reasons }: TierChangeRecord): string {
  return reasons.length === 0 ? `${points} points` : `${points} points: ${reasons.map(describeReason).join(', ')}`;
}
