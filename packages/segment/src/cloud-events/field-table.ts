import type { EventTopic } from '@tidemark/producer';
import { digitsFor, minorOf, readAmount, readCurrency } from '../calls/order-amount.ts';
import type { Source } from '../source.ts';
import { readTime } from '../values/event-time.ts';
import { isObject, type JsonObject, valueAt } from '../values/texts.ts';

/** Where a field of a record comes from. A text is a path. */
export type FieldRule =
  | string
  /** `values`: what the event's words mean here; an event with another word is ignored. */
  | { readonly path: string; readonly values?: Readonly<Record<string, string>> }
  | { readonly value: unknown };

/**
 * What events of a type of the source's own become: a record of this topic, each field by its rule. So changes of a table of orders
 * become orders. Paths begin in the event's `data`; ids and texts are taken as they are, `occurredAt` in any form of time, `amountMinor`
 * as the source writes amounts.
 */
export interface FieldTable {
  readonly topic: EventTopic;
  readonly fields: Readonly<Record<string, FieldRule>>;
}

/** Null for an event that the table passes over. Throws a Refusal for an amount or a time that cannot be read. */
export function readByTable({ fields }: FieldTable, data: JsonObject, source: Source): JsonObject | null {
  const read: Record<string, unknown> = {};
  for (const [field, rule] of Object.entries(fields)) {
    const value = ruled(rule, data);
    if (value === PASSED_OVER) return null;
    if (value !== undefined && value !== null) read[field] = value;
  }
  if (read['occurredAt'] !== undefined) read['occurredAt'] = readTime(read['occurredAt'], 'occurredAt');
  if (read['currency'] !== undefined || read['amountMinor'] !== undefined) addMoney(read, source);
  for (const [field, value] of Object.entries(read)) {
    // A column of ids may be a number; a record has text.
    if (typeof value === 'number' && IDS.has(field) && Number.isSafeInteger(value)) read[field] = String(value);
  }
  return read;
}

const IDS: ReadonlySet<string> = new Set([
  'customerId',
  'orderId',
  'refundId',
  'campaignId',
  'sessionId',
  'object',
  'linkedCustomerId',
]);
const PASSED_OVER = Symbol('passed over');

function ruled(rule: FieldRule, data: JsonObject): unknown {
  if (typeof rule !== 'string' && 'value' in rule) return rule.value;
  const { path, values = null } = typeof rule === 'string' ? { path: rule } : rule;
  const value = valueAt(data, path);
  if (values === null) return value;
  const word = String(isObject(value) || Array.isArray(value) ? '' : value);
  return Object.hasOwn(values, word) ? values[word] : PASSED_OVER;
}

function addMoney(read: Record<string, unknown>, source: Source): void {
  const currency = readCurrency(read['currency'], source);
  const form = digitsFor(currency, source);
  const amount = readAmount(read['amountMinor'], 'amountMinor', form);
  read['currency'] = currency;
  if (amount !== null) read['amountMinor'] = minorOf(amount, form);
}
