import { COUNT_MAX, TEXT_BYTES_MAX } from '@tidemark/contracts';
import { TRACK_ROWS, type TrackRow } from './calls/track-table.ts';
import { CAMPAIGN_NAMES, NO_CAMPAIGN } from './calls/tracks.ts';
import { CLOUD_EVENT_TYPES } from './cloud-events/map-cloud-event.ts';
import { AMOUNT_PLACES, MAY_BY_DEFAULT } from './source.ts';
import { FUTURE_MAX_MS, SKEW_MAX_MS, SKEW_MIN_MS } from './values/event-time.ts';
import { RESERVED_KINDS } from './values/ids.ts';
import { SHOPIFY_ORDER_ROWS, SHOPIFY_TOPICS, SHOPIFY_TRAITS } from './webhooks/shopify.ts';
import { WOOCOMMERCE_STATUSES, WOOCOMMERCE_TOPICS } from './webhooks/woocommerce.ts';

/** The page on what events of others become, as `docs/wiring-segment.md` has it. */
export function describeMapping(): string {
  return `${[INTRODUCTION, ...calls(), ...webhooks(), ...cloudEvents()].join('\n\n')}\n`;
}

const INTRODUCTION = `# What events of others become

Written from the tables of [\`packages/segment\`](../packages/segment) by \`node packages/segment/src/generate-docs.ts\`, never by hand.
[Decision 41](decisions/0041-what-events-of-others-become.md) says why it is so. A part of an event that its source may not send is left out and counted,
the rest is taken; what cannot be mapped is a [dead letter](runbook/dead-letters.md) with its reason.`;

function calls(): readonly string[] {
  return [
    "## Calls of Segment's SDKs",
    `Whom and when:`,
    table(['what', 'becomes'], WHOM_AND_WHEN),
    `Orders. The amount is the first of ${code(AMOUNT_PLACES)}, unless the source names others; the currency is that of the event, else of the source:`,
    table(
      ['event', 'status'],
      rowsOf('orders', ({ status }) => [status === 'REFUNDED' ? REFUND : code([status])]),
    ),
    `Interactions. \`object\` is the first of the properties that is there; \`category\` is the property of that name:`,
    table(
      ['event', 'action', 'object'],
      [
        ['`page`', '`page_view`, channel `web`', 'the address, without query'],
        ['`screen`', '`page_view`, channel `app`', 'the name'],
        ...rowsOf('interactions', ({ action, object }) => [code([action]), code(object)]),
        [
          'any other',
          `its name in snake case, cut at ${TEXT_BYTES_MAX.name} bytes (then whole in \`properties.event\`)`,
          '',
        ],
      ],
    ),
    `Marketing. \`campaignId\` is the first of ${code([...CAMPAIGN_NAMES, 'context.campaign.name', 'list_id'])}, else \`${NO_CAMPAIGN}\`:`,
    table(
      ['event', 'channel', 'kind'],
      rowsOf('marketing', ({ channel, kind }) => [code([channel]), code([kind])]),
    ),
    'Consents, by the table of the source; the same field of other events is not read:',
    table(
      ['event', 'consents'],
      rowsOf('identities', () => ['`context.consent.categoryPreferences`']),
    ),
    `By default a server may send all; a browser ${code(MAY_BY_DEFAULT.browser)}, for its key is public.`,
  ];
}

const REFUND = '`PARTIALLY_REFUNDED` with an amount (by `refund_id`, else `messageId`), `REFUNDED` without';
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

const WHOM_AND_WHEN: readonly Row[] = [
  ['`userId`, text or a whole number below 2^53', 'the customer'],
  ['an id that programs write for none (`null`, `guest`, `0`, ...)', 'as if absent'],
  [
    '`anonymousId` alone',
    `the customer \`${RESERVED_KINDS[0]}<anonymousId>\`, who is held: on the timeline, and folded by nothing`,
  ],
  [
    'both, in `identify`, an order or a choice of consents',
    `a link of \`${RESERVED_KINDS[0]}<anonymousId>\` to the user id, which every source may say`,
  ],
  [
    '`alias`',
    `a link of \`${RESERVED_KINDS[0]}<previousId>\` to the user id, unless the previous id looks like a customer's`,
  ],
  ['neither id', 'dead letter `no-identity`'],
  [`a user id that begins with ${code(RESERVED_KINDS)}`, 'dead letter `reserved-id`'],
  [
    '`messageId`',
    "the event's id, `<source>:<messageId>`; a second record of a call ends in `#identity`; none: an id made on receipt, with a warning",
  ],
  [
    '`timestamp`, else `originalTimestamp`, else the time of receipt',
    'when it happened. ISO 8601 with a zone, or a number: below 1e11 seconds, else milliseconds; anything else is a dead letter',
  ],
  [
    `a browser's clock that is off by more than ${SKEW_MIN_MS / 1_000} s and at most ${SKEW_MAX_MS / HOUR_MS} h`,
    'put right by `sentAt`; beyond, a dead letter',
  ],
  [
    'what lies in the future',
    `for browsers the time of receipt; for others a dead letter beyond ${FUTURE_MAX_MS / MINUTE_MS} min`,
  ],
  [
    '`properties`, `traits`',
    `texts by name: numbers and booleans as text, dotted names to a depth of 3, lists as JSON; beyond ${COUNT_MAX.properties} names, or ${TEXT_BYTES_MAX.entryValue} bytes, left out and counted`,
  ],
  [
    '`group`; `integrations` with `All: false` or `Tidemark: false`; events of a library `tidemark`',
    'ignored and counted',
  ],
];

function webhooks(): readonly string[] {
  const topics = (of: Readonly<Record<string, string>>, kind: string) =>
    code(Object.keys(of).filter((topic) => of[topic] === kind));
  return [
    '## Shopify',
    `Orders are the bodies of ${topics(SHOPIFY_TOPICS, 'order')}. A body is the order's state, and gives each record that it implies, in the shop's money:`,
    table(
      ['record', 'at', 'amount', 'where'],
      SHOPIFY_ORDER_ROWS.map(({ status, at, amount, when }) => [
        code([status]),
        code([at]),
        amount === null ? '' : code([amount]),
        when === null
          ? 'always'
          : typeof when === 'string'
            ? `\`${when}\` is there`
            : `\`financial_status\` is ${code(when)}`,
      ]),
    ),
    `Customers are the bodies of ${topics(SHOPIFY_TOPICS, 'customer')}: the traits ${code(Object.keys(SHOPIFY_TRAITS))}, and the consents for email and sms that have a time of their own. Ignored are ${topics(SHOPIFY_TOPICS, 'not-used')} and orders of a test; ${topics(SHOPIFY_TOPICS, 'not-supported')} are dead letters, to be answered by hand.`,
    '## WooCommerce',
    `Orders are the bodies of ${topics(WOOCOMMERCE_TOPICS, 'order')}. Every body says that the order was placed (\`date_created_gmt\`, \`total\`) and what it amounts to now (\`UPDATED\`, \`date_modified_gmt\`, \`total\` less \`refunds\`); its status may say more:`,
    table(
      ['status', 'record, at `date_modified_gmt`'],
      Object.entries(WOOCOMMERCE_STATUSES).map(([status, implied]) => [
        code([status]),
        implied === null ? '' : code([implied]),
      ]),
    ),
    'In both a customer is `ext:<source>:<id>`, unless the source says otherwise; a guest is known by their address, made unreadable with the pepper of the source, and without one is nobody (`no-identity`). The id of an event is that of the order with a hash of the body, so that a body that is sent again is a repeat.',
  ];
}

function cloudEvents(): readonly string[] {
  return [
    '## CloudEvents',
    'Structured, batch, binary, and the bare array of Debezium. `subject` is the customer, `time` when it happened, `source` and `id` make the id. `data` is our record in JSON:',
    table(
      ['type', 'topic'],
      Array.from(CLOUD_EVENT_TYPES, ([type, topic]) => [code([type]), code([topic])]),
    ),
    "Types of a source's own are mapped by its table of fields: a path in `data` for each field of a record, with a table of words where they differ.",
  ];
}

type Row = readonly string[];

function rowsOf<T extends TrackRow['topic']>(
  topic: T,
  cells: (row: TrackRow & { readonly topic: T }) => Row,
): readonly Row[] {
  const rows = TRACK_ROWS.filter((row): row is TrackRow & { readonly topic: T } => row.topic === topic);
  return rows.map((row) => [row.names.join(' · '), ...cells(row)]);
}

function table(heads: Row, rows: readonly Row[]): string {
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function code(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ');
}
