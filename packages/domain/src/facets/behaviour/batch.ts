import type { TimelineEvent } from '../../events.ts';
import type { OrderPolicy } from '../../policy.ts';
import { DAY_MS, startOfDay, type TimeMs } from '../../time.ts';
import type { Epoch } from '../facet.ts';
import type { BehaviourPolicy } from './policy.ts';

/** What came while a policy was in force. */
export interface BehaviourEpoch extends Pick<Epoch<BehaviourPolicy>, 'section' | 'from' | 'arrivals'> {
  readonly common: { readonly orders: OrderPolicy };
}

interface Counted {
  readonly weight: number;
  readonly occurredAt: number;
  /** What an order told; null for other events. */
  readonly order: string | null;
  readonly epoch: number;
}

/** The score, and the band that it lies in by the policy in force at `at`. */
export function behaviourBatch(epochs: readonly BehaviourEpoch[], at: TimeMs) {
  const score = behaviourScoreOf(epochs, at);
  const bands = epochs.at(-1)?.section.bands;
  if (bands === undefined || countedOf(epochs).length === 0) return { view: null, exact: { score } };
  const band = score >= bands.hot ? 'hot' : score >= bands.warm ? 'warm' : score >= bands.cool ? 'cool' : 'silent';
  return { view: { band } as const, exact: { score } };
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
      for (const [later, { section }] of epochs.entries()) {
        if (later < epoch) continue;
        const end = Math.max(since, ends[later] ?? at);
        halfLives += (end - since) / (section.halfLifeDays * DAY_MS);
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
  for (const [epoch, { section, common, arrivals }] of epochs.entries()) {
    for (const { event, at } of arrivals) {
      const weight = weightOf(event, section);
      if (weight <= 0) continue;
      const { occurredAt } = event.data;
      const order = toldBy(event);
      const historyStart = at - common.orders.historyDays * DAY_MS;
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

function weightOf(event: TimelineEvent, { weights }: BehaviourPolicy): number {
  const isNews = event.type !== 'order' || (event.data.status !== 'updated' && event.data.status !== 'credited');
  return isNews ? (weights[keyOf(event)] ?? 0) : 0;
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
