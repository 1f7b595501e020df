import { isUtf8 } from 'node:buffer';

/** The text of a file, or what is found in place of UTF-8, and where. */
export type DecodedText =
  | { readonly text: string }
  | { readonly found: string; readonly line: number; readonly column: number };

export function decodeUtf8(bytes: Uint8Array): DecodedText {
  const [first = 0, second = 0] = bytes;
  const isMarked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  // Without its mark UTF-16 shows by its zero bytes: every line end has one.
  if (isMarked || bytes.includes(0)) return { found: 'UTF-16, or bytes of 0', line: 1, column: 1 };
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  if (isUtf8(bytes)) return { text };
  // What is no UTF-8 was replaced in the text, which from there on is other bytes.
  const replaced = Buffer.from(text);
  const offset = bytes.findIndex((byte, i) => byte !== replaced[i]);
  const linesBefore = new TextDecoder().decode(bytes.subarray(0, offset)).split('\n');
  const byte = (bytes[offset] ?? 0).toString(16);
  return { found: `the byte 0x${byte}`, line: linesBefore.length, column: (linesBefore.at(-1)?.length ?? 0) + 1 };
}
