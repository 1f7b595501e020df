/**
 * Writes the data folder of a release: `node test/released/make-folder.ts FOLDER`. `FOLDER/tidemark.db.gz` is the folder's
 * database, `FOLDER/expected.json` what this build answers about it. README.md says when.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { embeddedSchemaIds } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { defaultPolicy } from '@tidemark/policy';
import { type EventTopic, encodeEvent } from '@tidemark/producer';
import type { Clock } from '@tidemark/stream';
import { laneOfCustomer, runLive, send, topicEnds, upArguments } from '../../packages/cli/src/testing/folders.ts';
import { runTidemark } from '../../packages/cli/src/testing/run-tidemark.ts';

const CUSTOMERS = 40;
const MINUTE_MS = 60_000;

const [target] = process.argv.slice(2);
if (target === undefined) throw new Error('expected the folder to write to as the argument');
const scratch = mkdtempSync(join(tmpdir(), 'tidemark-released-'));
const data = join(scratch, 'data');
try {
  await replayHistory();
  await runLive(data);
  await sendEvents();
  await runLive(data, { ...defaultPolicy(), name: 'second', tiers: { ...defaultPolicy().tiers, graceDays: 7 } });
  mkdirSync(target, { recursive: true });
  // The copy of a closed database: nothing of it is left in its journal.
  writeFileSync(join(target, 'tidemark.db.gz'), gzipSync(readFileSync(join(data, 'tidemark.db')), { level: 9 }));
  writeFileSync(join(target, 'expected.json'), `${JSON.stringify(await answers(), null, 2)}\n`);
} finally {
  rmSync(scratch, { recursive: true });
}

/** The event clock: orders of some customers over a year, and what is simulated beside them. */
async function replayHistory(): Promise<void> {
  const orders = join(scratch, 'orders.csv');
  const lines = Array.from({ length: CUSTOMERS }, (_, i) => ordersOf(i)).flat();
  writeFileSync(orders, ['customer_id,occurred_at,amount,currency,order_id,status', ...lines, ''].join('\n'));
  const { code, stderr } = await runTidemark(upArguments(orders, data).filter((word) => word !== '--no-simulated'));
  if (code !== 0) throw new Error(`the replay ended with ${code}: ${stderr}`);
}

function ordersOf(customer: number): string[] {
  const count = 1 + (customer % 9);
  return Array.from({ length: count }, (_, order) => {
    const at = new Date(Date.UTC(2024, 0, 3 + customer, 9) + order * (11 + customer) * 86_400_000).toISOString();
    const status = order % 5 === 4 ? 'refunded' : 'placed';
    const id = status === 'refunded' ? `c${customer}-${order - 1}` : `c${customer}-${order}`;
    return `c${customer},${at},${20 + customer * 7 + order},${customer % 13 === 12 ? 'EUR' : 'USD'},${id},${status}`;
  });
}

/** The wall clock: events of every kind, and some that are refused, by unify and by the folds. */
async function sendEvents(): Promise<void> {
  const now = Date.now() - CUSTOMERS * MINUTE_MS;
  for (let customer = 0; customer < CUSTOMERS; customer++) {
    const customerId = customer % 2 === 0 ? `c${customer}` : `live${customer}`;
    const at = now + customer * MINUTE_MS;
    const told = (name: string, more: object) => ({
      eventId: `${customerId}-${name}`,
      customerId,
      occurredAt: at,
      ...more,
    });
    const money = { amountMinor: 900 + 50 * customer, currency: 'USD' };
    await sendOf(customerId, 'orders', [
      told('placed', { orderId: `${customerId}-live`, status: 'PLACED', ...money }),
      told('paid', { orderId: `${customerId}-live`, status: 'PAID', ...money }),
      ...(customer % 5 === 0
        ? [
            told('part', {
              orderId: `${customerId}-live`,
              status: 'PARTIALLY_REFUNDED',
              ...money,
              amountMinor: 100,
              refundId: 'r',
            }),
          ]
        : []),
      ...(customer % 7 === 0
        ? [told('before', { orderId: `${customerId}-unknown`, status: 'REFUNDED', ...money })]
        : []),
      ...(customer % 11 === 0 ? [told('ahead', { orderId: 'x', status: 'PLACED', ...money, currency: 'JPY' })] : []),
    ]);
    await sendOf(customerId, 'interactions', [
      told('view', { action: 'product_view', channel: 'web', category: 'books' }),
      told('cart', { action: 'add_to_cart', channel: 'app' }),
    ]);
    await sendOf(customerId, 'marketing', [told('opened', { campaignId: 'spring', kind: 'OPENED', channel: 'email' })]);
    await sendOf(customerId, 'identities', [told('known', { traits: { city: 'Kyoto' } })]);
  }
}

async function sendOf(customerId: string, topic: EventTopic, events: readonly object[]): Promise<void> {
  const records = events.map((event) => {
    const { key, value } = encodeEvent(topic, event, embeddedSchemaIds);
    return { key, value, headers: {} };
  });
  await send(data, topic, laneOfCustomer(customerId), records);
}

/** What is asked of it again by every later build, at the same moment. */
async function answers() {
  const now = Date.now() + 86_400_000;
  const clock: Clock = { now: () => now as TimeMs, elapsedMs: () => 0, sleep: async () => {} };
  const profiles: Record<string, unknown> = {};
  for (const id of ['c0', 'c8', 'c26', 'live7', 'live39']) {
    const { code, stdout, stderr } = await runTidemark(['profile', id, '--json', '--data', data], { clock });
    if (code !== 0) throw new Error(`the profile of ${id} ended with ${code}: ${stderr}`);
    profiles[id] = JSON.parse(stdout);
  }
  return { now, ends: await topicEnds(data), profiles };
}
