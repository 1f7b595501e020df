import type { TimelineEvent } from '../../events.ts';
import type { Policy } from '../../policy.ts';
import { DAY_MS, startOfDay, type TimeMs } from '../../time.ts';

/** What came while a policy was in force, in order of arrival. */
export interface BehaviourEpoch {
  readonly policy: Pick<Policy, 'behaviour' | 'orders'>;
  /** When the policy came into force. */
  readonly from: TimeMs;
  /** `at` is the stream time at which the event came. */
  readonly arrivals: readonly { readonly event: TimelineEvent; readonly at: TimeMs }[];
}

interface Counted {
  readonly weight: number;
  readonly occurredAt: number;
  /** What an order told; null for other events. */
  readonly order: string | null;
  readonly epoch: number;
}

/**
 * The score at `at` of a customer's whole history, summed at once: the plain definition that the fold must equal, but for
 * customers with more orders than it remembers. Every event decays by the half-life under which it came until the next
 * policy, by that one's until the one after, and so on. An age is counted from the newest counted event at the earliest,
 * if that lies in the future; a new policy begins then, too, if that lies in its future.
 */
export function behaviourScoreOf(epochs: readonly BehaviourEpoch[], at: TimeMs): number {
  const counted = countedOf(epochs);
  const newestUpTo = (epoch: number) =>
    Math.max(...counted.filter((one) => one.epoch <= epoch).map(({ occurredAt }) => occurredAt));
  const ends = epochs.map((_, epoch) => Math.max(epochs[epoch + 1]?.from ?? at, newestUpTo(epoch)));
  return counted
    .map(({ weight, occurredAt, epoch }) => {
      let halfLives = 0;
      let since = occurredAt;
      for (const [later, { policy }] of epochs.entries()) {
        if (later < epoch) continue;
        const end = Math.max(since, ends[later] ?? at);
        halfLives += (end - since) / (policy.behaviour.halfLifeDays * DAY_MS);
        since = end;
      }
      return weight * 2 ** -halfLives;
    })
    .sort((a, b) => a - b)
    .reduce((sum, part) => sum + part, 0);
}

/** Events with a weight; of orders the first to come of all that tell the same within the history. */
function countedOf(epochs: readonly BehaviourEpoch[]): readonly Counted[] {
  const counted: Counted[] = [];
  for (const [epoch, { policy, arrivals }] of epochs.entries()) {
    for (const { event, at } of arrivals) {
      const weight = weightOf(event, policy);
      if (weight <= 0) continue;
      const { occurredAt } = event.data;
      const order = toldBy(event);
      const historyStart = at - policy.orders.historyDays * DAY_MS;
      const isKnown = (one: Counted) => one.order === order && one.occurredAt >= startOfDay(historyStart as TimeMs);
      if (order !== null && (occurredAt < historyStart || counted.some(isKnown))) continue;
      counted.push({ weight, occurredAt, order, epoch });
    }
  }
  return counted;
}

function toldBy({ type, data }: TimelineEvent): string | null {
  if (type !== 'order') return null;
  const { orderId, status, refundId, eventId } = data;
  const told = status === 'placed' || status === 'paid' ? 'purchase' : status;
  return JSON.stringify([orderId, told, status === 'partially_refunded' ? (refundId ?? eventId) : null]);
}

function weightOf(event: TimelineEvent, { behaviour }: BehaviourEpoch['policy']): number {
  const isNews = event.type !== 'order' || (event.data.status !== 'updated' && event.data.status !== 'credited');
  return isNews ? (behaviour.weights[keyOf(event)] ?? 0) : 0;
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
