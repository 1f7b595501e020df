import { placeholderIdOf } from '@tidemark/contracts';
import { CUSTOMER_ID_BYTES_MAX, ORDER_STATUSES, type OrderStatus, type TimeMs } from '@tidemark/domain';
import { minorDigitsOf } from '@tidemark/policy';
import type { LeftOutLine, LeftOutReason } from './left-out-lines.ts';
import type { ColumnIndex, OrderColumn } from './order-columns.ts';
import type { OrderLine } from './order-table.ts';
import { amountExpected, parseAmountMinor, parseTime, timeExpected } from './parse-values.ts';

export interface LineRules {
  /** ISO 4217; of lines that name no currency. */
  readonly baseCurrency: string;
  /** Earlier events are taken for mistakes. */
  readonly earliestAt: TimeMs;
}

const ORDER_ID_BYTES_MAX = 256;
/** What happens to an order that came before. */
const LATER: readonly OrderStatus[] = ['cancelled', 'refunded', 'partially_refunded', 'updated'];

/** What a line says, whose amount may be below 0; or what is wrong with it. */
export function parseLine(
  line: number,
  fields: readonly string[],
  columns: ColumnIndex,
  { baseCurrency, earliestAt }: LineRules,
): OrderLine | Omit<LeftOutLine, 'line'> {
  const textOf = (column: OrderColumn) => fields[columns.get(column) ?? -1]?.trim() ?? '';
  const wrong = (reason: LeftOutReason, column: OrderColumn, expected: string) => {
    return { reason, column, expected, found: textOf(column) };
  };

  const customerId = textOf('customer_id');
  if (placeholderIdOf(customerId) !== null) return wrong('no-id', 'customer_id', "a customer's id");
  if (!isWithin(customerId, CUSTOMER_ID_BYTES_MAX)) {
    return wrong('long-id', 'customer_id', `an id of at most ${CUSTOMER_ID_BYTES_MAX} bytes`);
  }
  const occurredAt = parseTime(textOf('occurred_at'));
  if (occurredAt === null) return wrong('time', 'occurred_at', timeExpected(textOf('occurred_at')));
  if (occurredAt < earliestAt) return wrong('too-early', 'occurred_at', earliestExpected(earliestAt, occurredAt));

  const currency = textOf('currency') || baseCurrency;
  const digits = minorDigitsOf(currency);
  if (digits === null) return wrong('currency', 'currency', 'an ISO 4217 code in capitals, such as USD');
  const amountMinor = parseAmountMinor(textOf('amount'), digits);
  if (amountMinor === null) return wrong('amount', 'amount', amountExpected(textOf('amount'), digits, currency));
  const status = (textOf('status').toLowerCase() || 'placed') as OrderStatus;
  if (!ORDER_STATUSES.includes(status)) return wrong('status', 'status', `one of ${ORDER_STATUSES.join(', ')}`);

  const orderId = textOf('order_id') || null;
  if (orderId === null && LATER.includes(status)) {
    return wrong('no-id', 'order_id', `the id of the order that is ${status}`);
  }
  if (orderId !== null && placeholderIdOf(orderId) !== null)
    return wrong('no-id', 'order_id', "an order's id, or none");
  if (orderId !== null && !isWithin(orderId, ORDER_ID_BYTES_MAX)) {
    return wrong('long-id', 'order_id', `an id of at most ${ORDER_ID_BYTES_MAX} bytes`);
  }
  return { line, customerId, occurredAt, amountMinor, currency, status, orderId };
}

function isWithin(text: string, bytesMax: number): boolean {
  return text.length <= bytesMax && Buffer.byteLength(text) <= bytesMax;
}

/** The whole of January 1970 in milliseconds is 2.7 billion: until 2055, seconds taken for milliseconds are in it. */
const SECONDS_AS_MS_MAX = 31 * 86_400_000;

function earliestExpected(earliestAt: TimeMs, found: TimeMs): string {
  const expected = `a time from ${new Date(earliestAt).toISOString().slice(0, 10)} on`;
  if (found < 0 || found > SECONDS_AS_MS_MAX) return expected;
  return `${expected}; in January 1970 lie missing dates, and seconds that were taken for milliseconds`;
}
