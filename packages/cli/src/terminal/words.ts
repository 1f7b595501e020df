import type { TierReason } from '@tidemark/domain';
import { formatName } from './format.ts';

const LABELS: Readonly<Record<string, string>> = {
  'rfm.segment': 'RFM segment',
  'rfm.spend': 'spend band',
  'rfm.recency': 'recency',
  'rfm.frequency': 'frequency',
  'rfm.monetary': 'monetary value',
  'behaviour.band': 'behaviour',
  'churn.risk': 'churn risk',
  'churn.pace': 'buying pace',
};

/** What people call `<score>.<attribute>`. */
export function labelOf(view: string): string {
  return LABELS[view] ?? view;
}

/** RFM segment loyal +30 */
export function describeReason({ view, value, points }: TierReason): string {
  return `${labelOf(view)} ${formatName(value)} ${points > 0 ? '+' : ''}${points}`;
}

/** What people call a score, as the head of a paragraph. */
export function titleOf(score: string): string {
  return score === 'rfm' ? 'RFM' : score.charAt(0).toUpperCase() + score.slice(1);
}

/** `daysSinceLastOrder` as "days since last order". */
export function wordsOf(property: string): string {
  return property.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
