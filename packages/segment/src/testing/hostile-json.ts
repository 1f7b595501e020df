import fc from 'fast-check';
import { TRACK_ROWS } from '../calls/track-table.ts';

/** Any JSON, and what breaks programs: names of prototypes, half characters, extreme numbers, deep lists, placeholders. */
const odd = fc.constantFrom<unknown>(
  ...[
    '__proto__',
    'constructor',
    'toString',
    '\ud800',
    'a\u0000',
    '\ufeff',
    'null',
    'undefined',
    '1.2E+11',
    ' ',
    'é'.repeat(200),
  ],
  ...[2 ** 53, -0, 1e308, 5e-324, -1, 0, true, null, [], {}, 'x'.repeat(5_000)],
  ...['1e999999999', '9'.repeat(400), '0.'.padEnd(80, '1'), '27,50', '-1', '2026-1-2T3:04:05Z', '0000-00-00'],
  JSON.parse('{"__proto__": {"a": 1}, "constructor": 1, "toJSON": 1}'),
  JSON.parse(`${'['.repeat(60)}${']'.repeat(60)}`),
);

export const hostileJson: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: odd },
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 4, depthSize: 'medium' }) },
);

const id = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<unknown>('anna', 'o1', 17, 'a'.repeat(250)) },
  { weight: 1, arbitrary: hostileJson },
);
const number = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<unknown>(129.5, '27.50', 0, '1e3', 7) },
  { weight: 1, arbitrary: hostileJson },
);
const sometimes = (arbitrary: fc.Arbitrary<unknown>) => fc.option(arbitrary, { nil: undefined });
const time = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom<unknown>('2026-11-21T11:59:00Z', '2026-11-21T11:58:00+00:00', 1_795_262_000),
  },
  { weight: 1, arbitrary: hostileJson },
);
const name = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<unknown>(...TRACK_ROWS.flatMap(({ names }) => names)) },
  { weight: 1, arbitrary: hostileJson },
);
const product = fc.oneof(
  fc.record({ product_id: id, price: number, quantity: sometimes(number), category: sometimes(hostileJson) }),
  hostileJson,
);
const properties = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record(
      {
        order_id: id,
        total: sometimes(number),
        revenue: number,
        discount: number,
        currency: fc.oneof(fc.constantFrom<unknown>('USD', 'jpy', 'BHD'), hostileJson),
        refund_id: id,
        products: fc.oneof(fc.array(product, { maxLength: 4 }), hostileJson),
        category: hostileJson,
        campaign_id: hostileJson,
        url: hostileJson,
        more: hostileJson,
      },
      { requiredKeys: ['order_id', 'total'] },
    ),
  },
  { weight: 1, arbitrary: hostileJson },
);
const context = fc.oneof(
  fc.record({
    sessionId: hostileJson,
    page: fc.oneof(fc.record({ url: hostileJson }), hostileJson),
    campaign: hostileJson,
    consent: fc.record({
      categoryPreferences: fc.oneof(
        fc.dictionary(fc.constantFrom('Advertising', '__proto__', 'toString'), hostileJson),
        hostileJson,
      ),
    }),
  }),
  hostileJson,
);

/** Calls, most of them nearly right. */
export const hostileCall: fc.Arbitrary<unknown> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record(
      {
        type: fc.oneof(
          { weight: 9, arbitrary: fc.constantFrom<unknown>('track', 'identify', 'page', 'screen', 'alias', 'group') },
          { weight: 1, arbitrary: hostileJson },
        ),
        event: name,
        name: hostileJson,
        userId: id,
        anonymousId: id,
        previousId: id,
        messageId: id,
        timestamp: time,
        originalTimestamp: time,
        sentAt: time,
        properties,
        traits: hostileJson,
        category: hostileJson,
        integrations: fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: hostileJson }),
        context,
      },
      { requiredKeys: ['type', 'userId', 'event', 'properties'] },
    ),
  },
  { weight: 1, arbitrary: hostileJson },
);
