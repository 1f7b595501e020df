import { facetNamed, type TierReason, type ViewField } from '@tidemark/domain';
import { formatName } from './format.ts';

/** What people call `<score>.<attribute>`. */
export function labelOf(view: string): string {
  const [score = '', attribute = ''] = view.split('.');
  const field = fieldOf(view);
  return field === undefined ? view : (field.label ?? `${titleOf(score)} ${wordsOf(attribute)}`);
}

/** The field that `<score>.<attribute>` names; undefined where this build has none. */
export function fieldOf(view: string): ViewField | undefined {
  const [score = '', attribute = ''] = view.split('.');
  return facetNamed(score)?.view[attribute];
}

/** RFM segment loyal +30 */
export function describeReason({ view, value, points }: TierReason): string {
  return `${labelOf(view)} ${formatName(value)} ${points > 0 ? '+' : ''}${points}`;
}

/** What people call a score, as the head of a paragraph. */
export function titleOf(score: string): string {
  return facetNamed(score)?.title ?? score.charAt(0).toUpperCase() + score.slice(1);
}

/** `daysSinceLastOrder` as "days since last order". */
export function wordsOf(property: string): string {
  return property.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
