import type { TimelineEvent } from '../../events.ts';
import type { BehaviourPolicy } from '../../policy.ts';
import { DAY_MS, type TimeMs } from '../../time.ts';

/**
 * The score at `at` of a customer's whole history, summed at once: the plain definition that the fold must equal. An
 * age is counted from the newest weighted event at the earliest, if that lies in the future.
 */
export function behaviourScoreOf(events: readonly TimelineEvent[], at: TimeMs, policy: BehaviourPolicy): number {
  const weighted = events
    .map((event) => ({ weight: policy.weights[keyOf(event)] ?? 0, occurredAt: event.data.occurredAt }))
    .filter(({ weight }) => weight > 0);
  const effectiveAt = Math.max(at, ...weighted.map(({ occurredAt }) => occurredAt));
  return weighted
    .map(({ weight, occurredAt }) => weight * 2 ** (-(effectiveAt - occurredAt) / (policy.halfLifeDays * DAY_MS)))
    .sort((a, b) => a - b)
    .reduce((sum, part) => sum + part, 0);
}

function keyOf(event: TimelineEvent): string {
  switch (event.type) {
    case 'interaction':
      return `interaction.${event.data.action}`;
    case 'marketing':
      return `marketing.${event.data.kind}`;
    case 'order':
      return `order.${event.data.status}`;
    case 'identity':
      return 'identity';
  }
}
