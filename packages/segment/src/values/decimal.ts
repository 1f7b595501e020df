/** An exact number of at least 0: coefficient / 10^scale. */
export interface Decimal {
  readonly coefficient: bigint;
  readonly scale: number;
}

const FORM = /^\+?(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,3}))?$/i;
/** Longer ones are no amounts, and cost time. */
const TEXT_LENGTH_MAX = 64;
const SCALE_MAX = 64;

/** The number as it is written, `1e3` and `"27.50"` too; null for what is none, or negative, or much too long. */
export function parseDecimal(value: unknown): Decimal | null {
  if (typeof value !== 'number' && typeof value !== 'string') return null;
  const text = String(value).trim();
  if (text.length > TEXT_LENGTH_MAX) return null;
  const [form, whole = '', fraction = '', exponent = '0'] = FORM.exec(text) ?? [];
  if (form === undefined || whole + fraction === '') return null;
  const scale = fraction.length - Number(exponent);
  if (Math.abs(scale) > SCALE_MAX) return null;
  const coefficient = BigInt(whole + fraction);
  return scale >= 0 ? { coefficient, scale } : { coefficient: coefficient * 10n ** BigInt(-scale), scale: 0 };
}

export const ZERO: Decimal = { coefficient: 0n, scale: 0 };

export function times(a: Decimal, b: Decimal): Decimal {
  return { coefficient: a.coefficient * b.coefficient, scale: a.scale + b.scale };
}

export function plus(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { coefficient: atScale(a, scale) + atScale(b, scale), scale };
}

/** Null where it would be negative. */
export function minus(a: Decimal, b: Decimal): Decimal | null {
  const difference = plus(a, { ...b, coefficient: -b.coefficient });
  return difference.coefficient < 0n ? null : difference;
}

/** So many digits behind the point make a whole number of it; what is beyond them is rounded, half of one away from zero. */
export function wholeAt(decimal: Decimal, digits: number): number {
  if (decimal.scale <= digits) return Number(atScale(decimal, digits));
  const unit = 10n ** BigInt(decimal.scale - digits);
  return Number((2n * decimal.coefficient + unit) / (2n * unit));
}

function atScale({ coefficient, scale }: Decimal, wanted: number): bigint {
  return coefficient * 10n ** BigInt(wanted - scale);
}
