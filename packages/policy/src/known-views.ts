import { MARKETING_KINDS, ORDER_STATUSES, SEGMENTS } from '@tidemark/domain';

const QUINTILES = ['1', '2', '3', '4', '5'];

/** What points can be given for: the attributes of the scores' views, and the values each can take. */
export const KNOWN_VIEWS: Readonly<Record<string, readonly string[]>> = {
  'rfm.recency': QUINTILES,
  'rfm.frequency': QUINTILES,
  'rfm.monetary': QUINTILES,
  'rfm.segment': SEGMENTS,
  'behaviour.band': ['hot', 'warm', 'cool', 'silent'],
  'churn.risk': ['low', 'medium', 'high'],
  'churn.pace': ['unknown', 'on_time', 'overdue'],
};

/** Its values are the bands that the policy itself defines: 0 to the number of `rfm.spend_bands`. */
export const SPEND_VIEW = 'rfm.spend';

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
