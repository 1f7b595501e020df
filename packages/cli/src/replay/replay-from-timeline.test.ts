import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  createRawDecoder,
  customerKey,
  encodeRaw,
  embeddedSchemaIds as ids,
  type RawRecord,
  type RawTopic,
} from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { openEmbeddedReader } from '@tidemark/embedded';
import { DEFAULT_POLICY_FILE } from '@tidemark/policy';
import { systemClock } from '@tidemark/runtime';
import { type Clock, readLane } from '@tidemark/stream';
import { afterAll, expect, test } from 'vitest';
import { Folders, laneOfCustomer, runLive, send } from '../testing/folders.ts';
import { runTidemark } from '../testing/run-tidemark.ts';

const folders = new Folders();
afterAll(() => folders.remove());
const decoder = createRawDecoder(ids);

const SEVEN_YEARS_AHEAD = ahead(7 * 365);

test('every accepted event is sent again as it was, with its own id, whatever its kind, in order of its own time', async () => {
  const [old, next] = [folders.path('kinds'), folders.path('kinds-again')];
  const now = Date.now() as TimeMs;
  const sent: readonly (readonly [RawTopic, RawRecord])[] = [
    ['interactions', interaction('i1', now - 1_000)],
    ['orders', order('o2', now - 9_000, 'PAID')],
    ['orders', order('o1', now - 50_000, 'PLACED')],
    ['marketing', marketing('m1', now - 20_000)],
    ['identities', identity('t1', now - 70_000)],
    ['orders', order('o3', now - 5_000, 'PARTIALLY_REFUNDED')],
  ];
  await runLive(old);
  for (const [topic, record] of sent) await sendRaw(old, topic, record);
  await runLive(old);

  const run = await runTidemark(['replay', '--from-data', old, '--data', next, '--json']);
  expect(run).toMatchObject({ code: 0 });
  expect(JSON.parse(run.stdout)).toMatchObject({ events: 6, eventsWritten: 6 });
  const inLogOrder = await rawEventsOf(next);
  // All of one customer, and so in one lane.
  const orderIds = inLogOrder.flatMap(({ topic, value }) =>
    topic === 'orders' && 'eventId' in value ? [value.eventId] : [],
  );
  expect(orderIds).toEqual(['o1', 'o2', 'o3']);
  const again = inLogOrder.toSorted((a, b) => timeOf(a.value) - timeOf(b.value));
  const byTime = sent
    .map(([topic, { value }]) => [topic, value] as const)
    .sort(([, a], [, b]) => timeOf(a) - timeOf(b));
  expect(again.map(({ topic, value }) => [topic, value])).toEqual(byTime.filter(([, value]) => value !== null));

  expect(
    JSON.parse((await runTidemark(['replay', '--from-data', old, '--data', next, '--json'])).stdout),
  ).toMatchObject({
    eventsWritten: 0,
  });
});

test('leads out where lanes are ahead of the wall clock: what lies ahead is left out, listed, and the rest counts as if it had not been', async () => {
  const lines = ['customer_id,occurred_at,amount,order_id', 'a,2025-01-02,10,o1', 'a,2025-02-02,10,o2'];
  const future = new Date(SEVEN_YEARS_AHEAD.now() - 86_400_000).toISOString();
  const [file, good] = [folders.path('ahead.csv'), folders.path('good.csv')];
  writeFileSync(file, [...lines, `b,${future},20,o3`].join('\n'));
  writeFileSync(good, lines.join('\n'));
  const [old, next, direct] = [folders.path('ahead'), folders.path('on-time'), folders.path('direct')];
  const up = (...args: readonly string[]) => ['up', '--once', '--no-simulated', '--lanes', '3', ...args];
  expect(await runTidemark(up('--orders', file, '--data', old), { clock: SEVEN_YEARS_AHEAD })).toMatchObject({
    code: 0,
  });
  expect(await runTidemark(up('--orders', good, '--data', direct))).toMatchObject({ code: 0 });

  const leftOut = folders.path('left-out.jsonl');
  const run = await runTidemark(up('--from-data', old, '--data', next, '--left-out', leftOut));
  expect(run.code).toBe(0);
  expect(run.stdout).toContain(
    `Replaying the timeline of ${old} into ${next}: 2 accepted events, 2025-01-02 to 2025-02-02`,
  );
  expect(run.stderr).toMatch(
    new RegExp(`^1 event left out, since they lie after .*\\n {2}timeline of lane \\d, offset \\d+: ${future}\\n`),
  );
  const at = ['--at', '2025-03-01T00:00:00Z', '--format', 'jsonl'];
  const exported = async (data: string) => (await runTidemark(['export', ...at, '--data', data])).stdout;
  expect(await exported(next)).toBe(await exported(direct));
  expect(await exported(next)).toContain('"customer_id":"a"');
});

test('is under the policy that the other pipeline has, unless another is given', async () => {
  const [orders, policy] = [folders.path('euros.csv'), folders.path('euros.yaml')];
  writeFileSync(orders, 'customer_id,occurred_at,amount\na,2025-01-02,10\n');
  writeFileSync(policy, readFileSync(DEFAULT_POLICY_FILE, 'utf8').replace('base: USD', 'base: EUR'));
  const old = folders.path('euros');
  const up = (...args: readonly string[]) => runTidemark(['up', '--once', '--no-simulated', '--lanes', '3', ...args]);
  expect(await up('--orders', orders, '--policy', policy, '--data', old)).toMatchObject({ code: 0 });
  const policyOf = async (folder: string) => {
    const { stdout } = await runTidemark(['tail', 'timeline', '--data', folder]);
    return /base\W+([A-Z]{3})/.exec(stdout)?.[1];
  };
  expect(await policyOf(old)).toBe('EUR');
  const [same, other] = [folders.path('euros-again'), folders.path('dollars')];
  expect(await up('--from-data', old, '--data', same)).toMatchObject({ code: 0 });
  expect(await policyOf(same)).toBe('EUR');
  expect(await up('--from-data', old, '--policy', fileURLToPath(DEFAULT_POLICY_FILE), '--data', other)).toMatchObject({
    code: 0,
  });
  expect(await policyOf(other)).toBe('USD');
});

test('a timeline without events of the past is said: nothing is folded yet, or it is the wrong place', async () => {
  const [old, next] = [folders.path('unfolded'), folders.path('unfolded-again')];
  const args = ['--sample', '--data', old, '--until', '1997-01-05', '--no-simulated'];
  expect(await runTidemark(['replay', ...args])).toMatchObject({ code: 0 });
  const run = await runTidemark(['replay', '--from-data', old, '--data', next]);
  expect(run.code).toBe(1);
  expect(run.stderr).toContain('Expected accepted events of the past on the timeline');
});

test.each([
  [['--from-data', 'a', '--data', 'a'], 'expected another folder to write to'],
  [['--from-data', 'a', '--data', './b/../a'], 'expected another folder to write to'],
  [['--from-namespace', 'shop', '--data', 'a'], 'expected servers to write to'],
  [
    ['--from-namespace', 'tidemark', '--kafka', 'localhost:1', '--registry', 'http://localhost:1'],
    'expected another namespace',
  ],
])('%j is refused before anything is made', async (args, words) => {
  const run = await runTidemark(['replay', ...args]);
  expect(run.code).toBe(2);
  expect(run.stderr.toLowerCase()).toContain(words);
});

test('a folder that is not there is said', async () => {
  const run = await runTidemark(['replay', '--from-data', folders.path('nowhere'), '--data', folders.path('unmade')]);
  expect(run.code).toBe(1);
  expect(run.stderr).toContain('nowhere');
});

function ahead(days: number): Clock {
  return { ...systemClock, now: () => (Date.now() + days * 86_400_000) as TimeMs };
}

async function sendRaw(folder: string, topic: RawTopic, { recordType, value }: RawRecord): Promise<void> {
  if (!('customerId' in value)) throw new Error('expected the record of a customer');
  const bytes = encodeRaw(recordType, ids.idOf(recordType, 1) ?? 0, value);
  await send(folder, topic, laneOfCustomer(value.customerId), [
    { key: customerKey(value.customerId), value: bytes, headers: {} },
  ]);
}

async function rawEventsOf(folder: string) {
  const { log, close } = openEmbeddedReader(folder);
  const events: { readonly topic: string; readonly value: RawRecord['value'] }[] = [];
  for (const topic of ['interactions', 'orders', 'marketing', 'identities']) {
    for (let lane = 0; lane < log.lanes; lane++) {
      for await (const { value } of readLane(log, topic, lane)) {
        const outcome = await decoder.decode(value);
        if (outcome.ok && 'eventId' in outcome.value) events.push({ topic, value: outcome.value });
      }
    }
  }
  close();
  return events;
}

function timeOf(value: RawRecord['value']): number {
  return 'occurredAt' in value ? value.occurredAt : 0;
}

function order(eventId: string, at: number, status: 'PLACED' | 'PAID' | 'PARTIALLY_REFUNDED'): RawRecord {
  const items = [{ sku: 'sku', quantity: 2, amountMinor: 1_000, category: null }];
  const refundId = status === 'PARTIALLY_REFUNDED' ? 'r1' : null;
  const value = { orderId: 'o', status, amountMinor: 1_000, currency: 'USD', refundId, items, marginMinor: -7 };
  return { recordType: 'order-event', value: { eventId, customerId: 'anna', occurredAt: at as TimeMs, ...value } };
}

function interaction(eventId: string, at: number): RawRecord {
  const value = {
    channel: 'web',
    action: 'search',
    object: 'a b',
    category: null,
    sessionId: 's',
    properties: { k: 'v' },
  };
  return {
    recordType: 'interaction-event',
    value: { eventId, customerId: 'bert', occurredAt: at as TimeMs, ...value },
  };
}

function marketing(eventId: string, at: number): RawRecord {
  const value = { campaignId: 'c', variant: 'b', channel: 'email', kind: 'CLICKED' } as const;
  return { recordType: 'marketing-event', value: { eventId, customerId: 'carl', occurredAt: at as TimeMs, ...value } };
}

function identity(eventId: string, at: number): RawRecord {
  const consents = [{ channel: 'email', purpose: 'marketing', granted: true }];
  const value = { traits: { city: 'Köln' }, consents, erasure: false, linkedCustomerId: 'dora-2' };
  return { recordType: 'identity-event', value: { eventId, customerId: 'dora', occurredAt: at as TimeMs, ...value } };
}
