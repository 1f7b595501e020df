import {
  type AnyFacet,
  facets,
  MARKETING_KINDS,
  nameInFile,
  ORDER_STATUSES,
  scoreNames,
  valuesOf,
} from '@tidemark/domain';
import { listOf } from './values-of-file.ts';

/**
 * What points can be given for under a file: the attributes of the scores' views, and the values each can take, some of
 * which are as many as a list of the score's section has items.
 */
export function knownViews(file: unknown): Readonly<Record<string, readonly string[]>> {
  const views = scoreNames.flatMap((name) =>
    Object.entries(facets[name].view).flatMap(([attribute, field]) => {
      const values = valuesOf(field, (list) => itemsIn(file, name, facets[name], list));
      return values === null ? [] : [[`${name}.${attribute}`, values.map(String)] as const];
    }),
  );
  return Object.fromEntries(views);
}

/** No more than the list may have: whoever writes more is refused for that. */
function itemsIn(file: unknown, facet: string, { policy }: AnyFacet, list: string): number {
  const field = policy?.fields[list];
  if (field?.kind !== 'list') return 0;
  const items = listOf(file, [facet, nameInFile(list, field)]);
  return Math.min(
    (items.length > 0 ? items : ((field.default as readonly unknown[] | undefined) ?? [])).length,
    field.max,
  );
}

/** They correct what an order says, or are a credit note: no weight, since a customer does nothing. */
export const UNWEIGHED_STATUSES: readonly string[] = ['updated', 'credited'];

/** What can have a weight, by the part of the name before the dot; null where producers choose the rest. */
export const KNOWN_EVENTS: Readonly<Record<string, readonly string[] | null>> = {
  interaction: null,
  marketing: MARKETING_KINDS,
  order: ORDER_STATUSES.filter((status) => !UNWEIGHED_STATUSES.includes(status)),
};

/** Words that stand for "no tier" in records and reports. */
export const RESERVED_TIER_NAMES: readonly string[] = ['none', 'erased'];
