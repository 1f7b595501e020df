import { facets, MARKETING_KINDS, nameInFile, ORDER_STATUSES, scoreNames, valuesOf } from '@tidemark/domain';
import type { ValuePath } from './problem.ts';

/**
 * What points can be given for: the attributes of the scores' views, and the values each can take. Some are as many as a
 * list of the policy has items: `itemsIn` says how many there are at its place in the file.
 */
export function knownViews(itemsIn: (list: ValuePath) => number): Readonly<Record<string, readonly string[]>> {
  const views = scoreNames.flatMap((name) => {
    const { view, policy } = facets[name];
    return Object.entries(view).flatMap(([attribute, field]) => {
      const values = valuesOf(field, (list) => itemsIn([name, nameInFile(list, policy?.fields[list] ?? {})]));
      return values === null ? [] : [[`${name}.${attribute}`, values.map(String)] as const];
    });
  });
  return Object.fromEntries(views);
}

/** They correct what an order says, or are a credit note: no weight, since a customer does nothing. */
export const UNWEIGHED_STATUSES: readonly string[] = ['updated', 'credited'];

/** What can weigh in behaviour, by the part of the name before the dot; null where producers choose the rest. */
export const KNOWN_EVENTS: Readonly<Record<string, readonly string[] | null>> = {
  interaction: null,
  marketing: MARKETING_KINDS,
  order: ORDER_STATUSES.filter((status) => !UNWEIGHED_STATUSES.includes(status)),
};

/** Words that stand for "no tier" in records and reports. */
export const RESERVED_TIER_NAMES: readonly string[] = ['none', 'erased'];
