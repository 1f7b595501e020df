import { isIP } from 'node:net';
import { EVENT_TOPICS, TEXT_BYTES_MAX } from '@tidemark/contracts';
import { minorDigitsOf } from '@tidemark/policy';
import { AMOUNT_PLACES, PARTS } from '@tidemark/segment';
import { z } from 'zod';

const SOURCES_MAX = 1_000;
const EVENTS_PER_SECOND_MAX = 1_000_000;

function matching(pattern: RegExp, expected: string) {
  return z.string({ error: expected }).regex(pattern, { error: expected });
}

function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, { error: `one of ${words.join(', ')}` });
}

function listOf<Item extends z.ZodType>(item: Item, { max, of }: { readonly max: number; readonly of: string }) {
  return z.array(item, { error: `a list of ${of}` }).max(max, { error: `at most ${max} ${of}` });
}

const perSecond = z
  .int({ error: `a whole number from 1 to ${EVENTS_PER_SECOND_MAX}` })
  .min(1, { error: `a whole number from 1 to ${EVENTS_PER_SECOND_MAX}` })
  .max(EVENTS_PER_SECOND_MAX, { error: `a whole number from 1 to ${EVENTS_PER_SECOND_MAX}` });

const path = matching(/\S/, 'the path of a file');
const word = matching(/^.{1,64}$/su, `a text of 1 to ${TEXT_BYTES_MAX.name} characters`);

const fieldRule = z.union(
  [
    word,
    z.strictObject({ path: word, values: z.record(z.string(), z.string()).optional() }),
    z.strictObject({ value: z.union([z.string(), z.number(), z.boolean()]) }),
  ],
  { error: 'a path, `path` with a table of `values`, or a `value`' },
);

const sourceSchema = z.strictObject(
  {
    name: matching(/^[a-z0-9-]{1,64}$/, 'at most 64 lower-case letters, digits and hyphens'),
    kind: oneOf(['server', 'browser', 'webhook']),
    keys: listOf(matching(/^sha256:[0-9a-f]{64}$/, '`sha256:` and the 64 hex digits of the SHA-256 of a write key'), {
      max: 2,
      of: 'keys',
    }).default([]),
    origins: listOf(
      matching(/^(\*|https?:\/\/[^\s/:*]+(:(\d{1,5}|\*))?)$/, 'an origin such as https://shop.example, without a path'),
      { max: 100, of: 'origins' },
    ).default([]),
    channel: word.nullable().default(null),
    currency: z
      .string({ error: 'an ISO 4217 code in capitals' })
      .refine((code) => minorDigitsOf(code) !== null, { error: 'an ISO 4217 code in capitals' })
      .nullable()
      .default(null),
    amounts: oneOf(['decimal', 'minor']).optional(),
    order_amount: listOf(oneOf(AMOUNT_PLACES), { max: AMOUNT_PLACES.length, of: 'places' }).optional(),
    order_id: oneOf(['required', 'message_id']).optional(),
    may: listOf(oneOf(PARTS as readonly [string, ...string[]]), { max: PARTS.length, of: 'parts' }).optional(),
    actions: listOf(word, { max: 1_000, of: 'actions' }).nullable().optional(),
    consents: z
      .record(z.string(), listOf(z.strictObject({ channel: word, purpose: word }), { max: 100, of: 'consents' }))
      .optional(),
    limits: z
      .strictObject({ events_per_second: perSecond.optional(), events_per_second_by_address: perSecond.optional() })
      .default({}),
    platform: oneOf(['shopify', 'woocommerce', 'cloudevents']).optional(),
    secrets_files: listOf(path, { max: 2, of: 'files' }).default([]),
    customer: word.optional(),
    customer_prefix: z.string({ error: 'a text, which may be empty' }).max(64).optional(),
    pepper_file: path.optional(),
    tables: z
      .record(
        z.string(),
        z.strictObject({
          topic: oneOf(Object.keys(EVENT_TOPICS) as [string, ...string[]]),
          fields: z.record(word, fieldRule),
        }),
      )
      .default({}),
  },
  { error: 'a source with at least `name` and `kind`' },
);

const network = z.string().refine(isNetwork, { error: 'an address, or a network such as 10.0.0.0/8' });

/** The sources file, before what its parts must have of each other is looked at. */
export const sourcesSchema = z.strictObject(
  {
    trusted_proxies: listOf(network, { max: 100, of: 'addresses' }).default([]),
    sources: listOf(sourceSchema, { max: SOURCES_MAX, of: 'sources' }),
  },
  { error: 'a mapping with a list `sources`' },
);

export type WrittenSource = z.output<typeof sourceSchema>;

function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}
