import { minorDigitsOf } from '@tidemark/policy/currencies';
import { Refusal } from '../outcome.ts';
import type { AmountPlace, Source } from '../source.ts';
import { type Decimal, minus, parseDecimal, plus, times, wholeAt, ZERO } from '../values/decimal.ts';
import { type JsonObject, kindOf } from '../values/texts.ts';

const AMOUNT_EXPECTED = 'a decimal of at least 0, with a point if any, such as 27.50';

/** What of an order's lines an amount is made of. */
export interface Line {
  /** Null where the line has none. */
  readonly price: Decimal | null;
  readonly quantity: Decimal;
}

/** How amounts of an order are written. */
export interface AmountForm {
  /** Behind the point, of the currency's minor unit; 0 where amounts are minor units already. */
  readonly digits: number;
  readonly isMinor: boolean;
}

/** A code in capitals. */
export function readCurrency(value: unknown, source: Source): string {
  if (value === undefined || value === null || value === '') return source.currency;
  const code = typeof value === 'string' ? value.trim().toUpperCase() : '';
  if (minorDigitsOf(code) !== null) return code;
  throw new Refusal('unknown-currency', 'properties.currency', 'an ISO 4217 code, such as EUR', kindOf(value));
}

export function digitsFor(currency: string, { amounts }: Source): AmountForm {
  const isMinor = amounts === 'minor';
  return { digits: isMinor ? 0 : (minorDigitsOf(currency) ?? 0), isMinor };
}

/** Null where there is none. Throws a Refusal for what is none: `27,50` might be 27.50 or 2,750. */
export function readAmount(value: unknown, field: string, { isMinor }: AmountForm): Decimal | null {
  if (value === undefined || value === null || value === '') return null;
  const decimal = parseDecimal(value);
  if (decimal === null) throw new Refusal('invalid-field', field, AMOUNT_EXPECTED, kindOf(value));
  if (isMinor && decimal.coefficient % 10n ** BigInt(decimal.scale) !== 0n) {
    throw new Refusal('invalid-field', field, 'whole minor units, as its source says', 'a fraction of one');
  }
  return decimal;
}

/** Whole minor units. How many there may be, the check of all records says. */
export function minorOf(amount: Decimal, { digits }: AmountForm): number {
  return wholeAt(amount, digits);
}

/** By the first of the places that says one; null where none does. */
export function amountOf(
  properties: JsonObject,
  lines: readonly Line[],
  places: readonly AmountPlace[],
  form: AmountForm,
): number | null {
  for (const place of places) {
    const field = `properties.${place}`;
    const amount = place === 'products' ? sumOf(properties, lines, form) : readAmount(properties[place], field, form);
    if (amount !== null) return minorOf(amount, form);
  }
  return null;
}

/** Null where there are no lines, or one has no price. */
function sumOf(properties: JsonObject, lines: readonly Line[], form: AmountForm): Decimal | null {
  if (lines.length === 0) return null;
  let sum = ZERO;
  for (const { price, quantity } of lines) {
    if (price === null) return null;
    sum = plus(sum, times(price, quantity));
  }
  const discount = readAmount(properties['discount'], 'properties.discount', form) ?? ZERO;
  const rest = minus(sum, discount);
  if (rest !== null) return rest;
  throw new Refusal('invalid-field', 'properties.discount', 'at most the sum of the products', 'more');
}
