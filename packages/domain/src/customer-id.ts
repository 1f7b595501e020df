/** A customer's id: 1 to 256 bytes of UTF-8, the key of every keyed record. */
export type CustomerId = string & { readonly __brand: 'CustomerId' };

export const CUSTOMER_ID_BYTES_MAX = 256;

/**
 * Compares two ids by the bytes of their UTF-8 form, the one order used everywhere (JavaScript's `<` compares UTF-16
 * code units, which differs above U+D7FF). Negative, 0 or positive.
 */
export function compareCustomerIds(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return codePointRank(x) - codePointRank(y);
  }
  return a.length - b.length;
}

/** Code points above U+FFFF are written as surrogates (D800-DFFF) but sort after U+FFFF in UTF-8. */
function codePointRank(codeUnit: number): number {
  return codeUnit >= 0xd800 && codeUnit <= 0xdfff ? codeUnit + 0x10000 : codeUnit;
}
