import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { decodeText } from './decode-text.ts';

const HEADER = 'customer_id,occurred_at\n';

test('text in UTF-8 comes as it is, wherever the chunks end', async () => {
  const text = `${HEADER}José,2024-01-02\n张,2024-01-02\n😀\uFFFD,`.repeat(200);
  for (const chunkBytes of [1, 7, 1_024, 100_000]) expect(await decode(Buffer.from(text), null, chunkBytes)).toBe(text);
});

test('a byte order mark decides, whatever is said, and is no text', async () => {
  const text = `${HEADER}zoë,张\n`;
  const utf16 = Buffer.from(`\uFEFF${text}`, 'utf16le');
  for (const encoding of [null, 'utf-8', 'windows-1252']) {
    expect(await decode(Buffer.from(`\uFEFF${text}`), encoding)).toBe(text);
    expect(await decode(utf16, encoding, 1)).toBe(text);
    expect(await decode(Buffer.from(utf16).swap16(), encoding)).toBe(text);
  }
});

test('without one, the text is in the encoding that is said', async () => {
  const latin1 = Buffer.from(`${HEADER}José`, 'latin1');
  expect(await decode(latin1, 'windows-1252')).toBe(`${HEADER}José`);
  expect(await decode(Buffer.from([0x80, 0x93, 0xe9]), 'latin1')).toBe('€“é');
  expect(await decode(Buffer.from(`${HEADER}张`, 'utf16le'), 'utf-16le')).toBe(`${HEADER}张`);
});

test.each([1, 5, 1_000_000])(
  'bytes that are no text of the encoding are refused with their line and column, in chunks of %i bytes',
  async (chunkBytes) => {
    const lines = `${HEADER}${'anna,2024-01-02\n'.repeat(1_000)}é张 Jos`;
    const bytes = Buffer.concat([Buffer.from(lines), Buffer.from([0xe9]), Buffer.from(',2024-01-02\n')]);
    await expect(decode(bytes, null, chunkBytes)).rejects.toMatchObject({
      code: 'data-set-encoding',
      message: expect.stringMatching(
        /orders\.csv: expected text in UTF-8, .*at line 1002, column 7\. .*--encoding latin1/,
      ),
    });
  },
);

test('lines end with a line feed, whatever they ended with, wherever the chunks end', async () => {
  for (const chunkBytes of [1, 2, 3, 1_000]) {
    expect(await decode(Buffer.from('a\r\nb\n"c\r\nd"\r\n\r'), null, chunkBytes)).toBe('a\nb\n"c\nd"\n\r');
  }
});

test('bytes that end within a character are refused, too', async () => {
  const bytes = Buffer.concat([Buffer.from(HEADER), Buffer.from([0xc3])]);
  await expect(decode(bytes, null)).rejects.toThrow('line 2, column 1');
  await expect(decode(Buffer.from('a\0b'), 'utf-16le')).rejects.toThrow('expected text in utf-16le');
});

test.each([
  ['utf-16le', Buffer.from(`${HEADER}a`, 'utf16le')],
  ['utf-16be', Buffer.from(`${HEADER}a`, 'utf16le').swap16()],
])('%s without a byte order mark is refused, with what to say', async (name, bytes) => {
  await expect(decode(bytes, null)).rejects.toMatchObject({
    code: 'data-set-encoding',
    message: expect.stringContaining(`--encoding ${name}`),
  });
});

async function decode(bytes: Buffer, encoding: string | null, chunkBytes = 65_536): Promise<string> {
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, i) =>
    bytes.subarray(i * chunkBytes, (i + 1) * chunkBytes),
  );
  let text = '';
  for await (const part of decodeText('orders.csv', encoding)(Readable.from(chunks))) text += part;
  return text;
}
