import fc from 'fast-check';
import { compress as compressSnappy } from 'snappy';
import { describe, expect, test } from 'vitest';
import { type Codec, codecs } from './codecs.ts';

const BYTES_MAX = 1_000_000;
const names = Object.keys(codecs) as (keyof typeof codecs)[];
/** Words that repeat, and bytes that do not: several blocks of each format. */
const contents = fc
  .tuple(fc.uint8Array({ minLength: 1, maxLength: 5_000 }), fc.integer({ min: 1, max: 60 }))
  .map(([bytes, times]) => Buffer.concat(Array.from({ length: times }, () => bytes)));

describe.each(names)('%s', (name) => {
  const codec: Codec = codecs[name];

  test('comes back as it was', async () => {
    await fc.assert(
      fc.asyncProperty(contents, async (content) => {
        expect((await codec.inflate(await codec.deflate(content), BYTES_MAX)).equals(content)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test('that would inflate to more than the bound is refused, and one that just fits is not', async () => {
    const bomb = await codec.deflate(Buffer.alloc(50 * BYTES_MAX));
    expect(bomb.length).toBeLessThan(BYTES_MAX * 3);
    // Its length: what fails is printed.
    const inflated = codec.inflate(bomb, BYTES_MAX).then(({ length }) => length);
    await expect(inflated).rejects.toThrow(/more than|larger than/);
    const content = Buffer.alloc(BYTES_MAX - 65_536, 'tidemark ');
    expect((await codec.inflate(await codec.deflate(content), BYTES_MAX)).equals(content)).toBe(true);
  });

  test('that is damaged is refused, or gives other bytes within the bound; never anything else', async () => {
    const damages = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 5 });
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(contents, damages, fc.nat(20), async (content, flips, cut) => {
        const damaged: Buffer = Buffer.from(await codec.deflate(content)).subarray(0, cut === 0 ? undefined : -cut);
        for (const [at, by] of damaged.length > 0 ? flips : []) {
          const place = at % damaged.length;
          damaged.writeUInt8(damaged.readUInt8(place) ^ by, place);
        }
        const outcome = await codec.inflate(damaged, BYTES_MAX).catch((error: unknown) => error);
        if (outcome instanceof Error) refused++;
        else expect((outcome as Buffer).length).toBeLessThanOrEqual(BYTES_MAX);
      }),
    );
    expect(refused).toBeGreaterThan(20);
  });
});

test("snappy is read in the blocks that Java's clients write, too, and their bound is that of all together", async () => {
  const content = Buffer.alloc(100_000, 'tidemark ');
  const xerial = await asXerial(content);
  expect((await codecs.snappy.inflate(xerial, BYTES_MAX)).equals(content)).toBe(true);
  const inflated = codecs.snappy.inflate(xerial, 99_999).then(({ length }) => length);
  await expect(inflated).rejects.toThrow('more than 99999 bytes');
  await expect(codecs.snappy.inflate(xerial.subarray(0, -1), BYTES_MAX)).rejects.toThrow('longer than what is left');
});

async function asXerial(content: Buffer): Promise<Buffer> {
  const parts = [Buffer.from([0x82, ...Buffer.from('SNAPPY'), 0, 0, 0, 0, 1, 0, 0, 0, 1])];
  for (let at = 0; at < content.length; at += 32_768) {
    const block: Buffer = await compressSnappy(content.subarray(at, at + 32_768));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(block.length);
    parts.push(length, Buffer.from(block));
  }
  return Buffer.concat(parts);
}
