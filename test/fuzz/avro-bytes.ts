/** Avro by hand: unlike a codec it also writes what no schema allows. */
const MAGIC = 0;

export type Bytes = Buffer;

/** Any whole number as a zig-zag varint, also those beyond 64 bits. */
export function long(value: number | bigint): Bytes {
  if (typeof value === 'number' && value >= 0 && value < SHORT.length) return SHORT[value] as Bytes;
  const whole = BigInt(value);
  let rest = whole < 0n ? -2n * whole - 1n : 2n * whole;
  const bytes: number[] = [];
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

/** Those of most lengths. */
const SHORT = Array.from({ length: 64 }, (_, value) => Buffer.from([2 * value]));

/** A text, or bytes that are none, with its length. */
export function text(value: string | Bytes): Bytes {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
  return Buffer.concat([long(bytes.length), bytes]);
}

/** A union of null and one other type. */
export function optional(value: Bytes | null): Bytes {
  return value === null ? long(0) : Buffer.concat([long(1), value]);
}

/** An array or a map: its items or entries in one block. */
export function block(items: readonly Bytes[]): Bytes {
  return items.length === 0 ? long(0) : Buffer.concat([long(items.length), ...items, long(0)]);
}

export function entry(name: string | Bytes, value: string | Bytes): Bytes {
  return Buffer.concat([text(name), text(value)]);
}

/** A body behind the five bytes that Confluent's wire format begins with. */
export function wire(schemaId: number, ...body: readonly Bytes[]): Bytes {
  const prefix = Buffer.alloc(5);
  prefix[0] = MAGIC;
  prefix.writeUInt32BE(schemaId, 1);
  return Buffer.concat([prefix, ...body]);
}
