import type { OrderEventStatus } from '@tidemark/contracts';
import type { OrderItemInput } from '@tidemark/producer';
import { type AmountForm, digitsFor, minorOf, readAmount, readCurrency } from '../calls/order-amount.ts';
import { readItems } from '../calls/order-items.ts';
import { Refusal } from '../outcome.ts';
import { type Decimal, parseDecimal } from '../values/decimal.ts';
import { objectOf } from '../values/texts.ts';
import type { ShopBody } from './shop.ts';

/** An order of a shop, as every of its states is said. */
export class ShopOrder {
  readonly form: AmountForm;
  readonly #body: ShopBody;
  readonly #orderId: string;
  readonly #currency: string;
  readonly #items: readonly OrderItemInput[];

  constructor(body: ShopBody) {
    const { json, shop, draft } = body;
    this.#body = body;
    this.#orderId = String(json['id']).trim();
    this.#currency = readCurrency(json['currency'], shop);
    this.form = digitsFor(this.#currency, shop);
    const { items, dropped } = readItems(productsOf(json['line_items']), this.form);
    this.#items = items;
    draft.warn('items-dropped', dropped);
  }

  /** `field` says when, and its value may be another's where it is empty. */
  say(status: OrderEventStatus, field: string, at: unknown, amount: Decimal | null): void {
    const fields = {
      orderId: this.#orderId,
      status,
      amountMinor: amount === null ? 0 : minorOf(amount, this.form),
      currency: this.#currency,
      refundId: null,
      items: amount === null ? [] : this.#items,
      marginMinor: null,
    };
    this.#body.draft.addOrder(fields, this.#body.occurrence(field, at, status));
  }

  amount(field: string): Decimal {
    const amount = readAmount(this.#body.json[field], field, this.form);
    if (amount !== null) return amount;
    throw new Refusal('invalid-field', field, "the order's amount", 'none');
  }

  /** What was refunded, by a field of each of a list; shops write it as a negative amount. */
  refunded(field: string, name: string): readonly Decimal[] {
    const list = this.#body.json[field];
    if (!Array.isArray(list)) return [];
    return list.map((refund) => {
      const text = String(objectOf(refund)[name] ?? 0).trim();
      const amount = parseDecimal(text.startsWith('-') ? text.slice(1) : text);
      if (amount !== null) return amount;
      throw new Refusal('invalid-field', `${field}.${name}`, 'a decimal', 'something else');
    });
  }
}

/** Lines by the names of Segment's products. Discounts of a line are not in its price. */
function productsOf(lines: unknown): unknown {
  if (!Array.isArray(lines)) return [];
  return lines.map((given) => {
    const line = objectOf(given);
    const productId = line['variant_id'] ?? line['product_id'];
    return {
      sku: line['sku'],
      product_id: productId,
      name: line['title'] ?? line['name'],
      price: line['price'],
      quantity: line['quantity'],
    };
  });
}
