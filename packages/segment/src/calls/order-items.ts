import { COUNT_MAX, TEXT_BYTES_MAX } from '@tidemark/contracts';
import type { OrderItemInput } from '@tidemark/producer';
import { Refusal } from '../outcome.ts';
import { type Decimal, parseDecimal, times, wholeAt } from '../values/decimal.ts';
import { cutText, firstOf, isObject, type JsonObject, kindOf, textOf } from '../values/texts.ts';
import { type AmountForm, type Line, minorOf, readAmount } from './order-amount.ts';

const SKU_NAMES = ['sku', 'product_id', 'productId', 'id', 'name'] as const;
const ONE: Decimal = { coefficient: 1n, scale: 0 };
const INT_MAX = 2_147_483_647;
/** Of all items' texts together: with all else a record stays within its bound. */
const BYTES_MAX = 196_608;
/** A number in Avro, and the length of a text, have at most so many bytes. */
const ITEM_OVERHEAD_BYTES = 20;

export interface OrderLines {
  readonly lines: readonly Line[];
  /** Those that have a name, as many as a record may have. */
  readonly items: readonly OrderItemInput[];
  readonly dropped: number;
}

export function readItems(products: unknown, form: AmountForm): OrderLines {
  const given = Array.isArray(products) ? (products as readonly unknown[]) : [];
  const lines: Line[] = [];
  const items: OrderItemInput[] = [];
  let bytes = 0;
  for (const [index, product] of given.entries()) {
    if (!isObject(product)) continue;
    const line = readLine(product, `properties.products[${index}]`, form);
    lines.push(line);
    const item = itemOf(product, line, form);
    if (item === null || items.length === COUNT_MAX.items) continue;
    bytes += Buffer.byteLength(item.sku) + Buffer.byteLength(item.category ?? '') + ITEM_OVERHEAD_BYTES;
    if (bytes <= BYTES_MAX) items.push(item);
  }
  return { lines, items, dropped: given.length - items.length };
}

function readLine(product: JsonObject, path: string, form: AmountForm): Line {
  const price = readAmount(product['price'], `${path}.price`, form);
  const given = product['quantity'];
  if (given === undefined || given === null || given === '') return { price, quantity: ONE };
  const quantity = parseDecimal(given);
  if (quantity !== null && wholeAt(quantity, 0) <= INT_MAX) return { price, quantity };
  throw new Refusal('invalid-field', `${path}.quantity`, `a number from 0 to ${INT_MAX}`, kindOf(given));
}

function itemOf(product: JsonObject, { price, quantity }: Line, form: AmountForm): OrderItemInput | null {
  const sku = textOf(firstOf(product, SKU_NAMES));
  if (sku === null) return null;
  const category = textOf(product['category']);
  return {
    sku: cutText(sku.trim(), TEXT_BYTES_MAX.id),
    quantity: wholeAt(quantity, 0),
    amountMinor: price === null ? 0 : minorOf(times(price, quantity), form),
    category: category === null ? null : cutText(category, TEXT_BYTES_MAX.category),
  };
}
