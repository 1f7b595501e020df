import { codecs, HEADER, outputHeaders, readTimelineHeaders } from '@tidemark/contracts';
import { DAY_MS, type TimeMs } from '@tidemark/domain';
import { defaultPolicy } from '@tidemark/policy';
import { readLane } from '@tidemark/stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Folders, inFolder, LANES, laneOfCustomer, rawOrder, runLive, send } from '../testing/folders.ts';
import { runTidemark } from '../testing/run-tidemark.ts';

const folders = new Folders();
const lane = laneOfCustomer('bert');
/** Live, with four letters of unify in bert's lane and one of rfm. */
let live: string;
const [EUR, MALFORMED, EMPTY, EUR_TOO] = [0, 1, 2, 3].map((offset) => `${lane}:${offset}`) as [
  string,
  string,
  string,
  string,
];
const OF_RFM = `${lane}:4`;

beforeAll(async () => {
  live = folders.path('live');
  const euro = rawOrder('bert', { currency: 'EUR' });
  const { key } = euro;
  await send(live, 'orders', lane, [
    euro,
    { key, value: new Uint8Array([7, 7, 7]), headers: {} },
    { key, value: null, headers: {} },
    rawOrder('bert', { eventId: 'event-too', orderId: 'too', currency: 'EUR' }),
    rawOrder('bert', { eventId: 'event-good', orderId: 'good', amountMinor: 100 }),
  ]);
  await runLive(live);
  const longAgo = (Date.now() - 1_000 * DAY_MS) as TimeMs;
  const refund = { eventId: 'event-refund', orderId: 'forgotten', refundId: 'r', occurredAt: longAgo } as const;
  await send(live, 'orders', lane, [rawOrder('bert', { ...refund, status: 'PARTIALLY_REFUNDED' })]);
  await runLive(live);
});
afterAll(() => folders.remove());

async function deadLetters(...args: string[]) {
  return runTidemark(['dead-letters', ...args]);
}

async function ordersIn(folder: string) {
  return inFolder(folder, ({ log }) => Array.fromAsync(readLane(log, 'orders', lane)));
}

async function namesListed(...args: string[]): Promise<string[]> {
  const { stdout } = await deadLetters('list', '--json', '--data', live, ...args);
  return stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line).letter]));
}

test('list has all letters, newest last, with what was wrong and where the record was', async () => {
  const { code, stdout, stderr } = await deadLetters('list', '--data', live);
  expect(code).toBe(0);
  expect(stderr).toMatch(
    /^5 dead letters\.\nWhat to do about unknown-currency: docs\/runbook\/dead-letters\.md#unknown-currency\n/,
  );
  const rows = stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/ {2,}/));
  expect(rows.map(([name, , service, reason, origin]) => [name, service, reason, origin])).toEqual([
    ['letter', 'service', 'reason', 'record'],
    [EUR, 'unify', 'unknown-currency', `orders:${lane}:0`],
    [MALFORMED, 'unify', 'malformed', `orders:${lane}:1`],
    [EMPTY, 'unify', 'malformed', `orders:${lane}:2`],
    [EUR_TOO, 'unify', 'unknown-currency', `orders:${lane}:3`],
    [OF_RFM, 'rfm', 'too-old', `orders:${lane}:5`],
  ]);
});

test('list takes a reason, a service and how many of the newest', async () => {
  expect(await namesListed('--reason', 'malformed')).toEqual([MALFORMED, EMPTY]);
  expect(await namesListed('--service', 'rfm')).toEqual([OF_RFM]);
  expect(await namesListed('--limit', '2')).toEqual([EUR_TOO, OF_RFM]);
  const { stderr } = await deadLetters('list', '--limit', '2', '--data', live);
  expect(stderr).toContain('The newest 2 of 5');
});

test('list works beside a process that has the folder', async () => {
  await inFolder(live, async () => expect(await namesListed()).toHaveLength(5));
});

test('show decodes what a producer sent, and what stood on the timeline', async () => {
  const ofUnify = JSON.parse((await deadLetters('show', EUR, '--json', '--data', live)).stdout);
  expect(ofUnify).toMatchObject({ letter: EUR, service: 'unify', origin: `orders:${lane}:0` });
  expect(ofUnify.runbook).toBe('docs/runbook/dead-letters.md#unknown-currency');
  expect(ofUnify.original).toMatchObject({ type: 'order-event', key: 'bert', value: { currency: 'EUR' } });
  const ofRfm = JSON.parse((await deadLetters('show', OF_RFM, '--json', '--data', live)).stdout);
  expect(ofRfm.original).toMatchObject({ type: 'order', value: { status: 'partially_refunded' } });
});

test('show names the place of what waited in vain, and has nothing to decode', async () => {
  const data = folders.path('waited');
  const letter = { service: 'rfm', reason: 'order-unknown', detail: 'expected its order', topic: 'orders', lane };
  const bytes = { key: Buffer.from('bert'), value: null, headers: {} };
  const value = codecs['dead-letter'].encode({ ...letter, ...bytes, offset: 7, at: 0 as TimeMs });
  await send(data, 'dead-letters', lane, [{ key: Buffer.from('bert'), value, headers: outputHeaders('dead-letter') }]);
  const shown = JSON.parse((await deadLetters('show', `${lane}:0`, '--json', '--data', data)).stdout);
  expect(shown).toMatchObject({ reason: 'order-unknown', origin: `orders:${lane}:7` });
  expect(shown.original).toEqual({ type: null, key: 'bert', value: null, headers: {} });
});

test('show gives bytes that cannot be decoded as base64, with the reason', async () => {
  const { code, stdout } = await deadLetters('show', MALFORMED, '--data', live);
  expect(code).toBe(0);
  expect(stdout).toContain('"base64": "BwcH"');
  expect(stdout).toContain('expected a zero byte');
});

test.each([
  [['show', '17'], 2, 'Expected a letter as `dead-letters list` names it'],
  [['show', `${lane}:99`], 1, 'found offsets 0 to 4 in that lane'],
  [['show', '7:0'], 1, `found lanes 0 to ${LANES - 1}`],
  [['list', '--reason', 'boredom'], 2, 'Allowed choices are malformed'],
  [['redrive'], 2, 'found none'],
  [['redrive', '0:0', '--all'], 2, 'found more than one'],
  [['redrive', '--all', '--reason', 'malformed'], 2, 'cannot be used with'],
  [['redrive', OF_RFM], 1, `found ${OF_RFM} of rfm`],
])('%j ends with %d and says what is right', async (args, exitCode, words) => {
  const { code, stderr, stdout } = await deadLetters(...args, '--data', live);
  expect(stderr).toContain(words);
  expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' });
});

test('a dry run says what would be sent, beside a running process too, and sends nothing', async () => {
  const before = await ordersIn(live);
  await inFolder(live, async () => {
    const { stdout } = await deadLetters('redrive', '--all', '--dry-run', '--data', live);
    expect(stdout).toBe(
      '3 records would be sent again (orders 3).\n' +
        'Left out: 1 without a value, so that there is nothing to send.\n' +
        'Left out: 1 of a fold, whose records are on the timeline already.\n',
    );
  });
  expect(await ordersIn(live)).toEqual(before);
});

test('what lay on another lane than its key’s is refused there, and redrive sends it to the lane of its key, once', async () => {
  const data = folders.path('foreign');
  const elsewhere = (lane + 1) % LANES;
  await send(data, 'orders', elsewhere, [rawOrder('bert', { orderId: 'astray', amountMinor: 100 })]);
  await runLive(data);
  const list = await deadLetters('list', '--json', '--data', data);
  expect(JSON.parse(list.stdout)).toMatchObject({ letter: `${elsewhere}:0`, reason: 'wrong-lane' });
  const { stdout } = await deadLetters('redrive', '--reason', 'wrong-lane', '--data', data);
  expect(stdout).toContain('1 record sent again (orders 1).');
  expect(await ordersIn(data)).toHaveLength(1);
  expect((await deadLetters('redrive', '--reason', 'wrong-lane', '--data', data)).stdout).toContain(
    'sent again before',
  );
  await runLive(data);
  const onTimeline = await inFolder(data, ({ log }) => Array.fromAsync(readLane(log, 'timeline', lane)));
  expect(onTimeline.filter(({ headers }) => readTimelineHeaders(headers).type === 'order')).toHaveLength(1);
});

test('redrive needs the folder for itself, and says to stop who has it', async () => {
  await inFolder(live, async () => {
    const { code, stderr } = await deadLetters('redrive', '--all', '--data', live);
    expect(code).toBe(1);
    expect(stderr).toMatch(/no other process uses.*Stop the other process/);
  });
});

test('redrive sends key, value and headers as they came, but for the source, and names the letter', async () => {
  const data = folders.copy(live);
  const before = await ordersIn(data);
  const { code, stdout } = await deadLetters('redrive', EUR, EUR_TOO, '--data', data);
  expect({ code, first: stdout.split('\n')[0] }).toEqual({ code: 0, first: '2 records sent again (orders 2).' });
  const sent = (await ordersIn(data)).slice(before.length);
  expect(sent.map(({ key, value }) => ({ key, value }))).toEqual(
    [before[0], before[3]].map((record) => ({ key: record?.key, value: record?.value })),
  );
  expect(sent.map(({ headers }) => headers)).toEqual([{ [HEADER.redriven]: EUR }, { [HEADER.redriven]: EUR_TOO }]);
});

test('what was mended is taken on the next start with the eventId that it had; what was not is a new letter', async () => {
  const data = folders.copy(live);
  const policy = defaultPolicy();
  const mended = { ...policy, currency: { ...policy.currency, rates: { ...policy.currency.rates, EUR: 2 } } };
  await runLive(data, mended);
  await deadLetters('redrive', '--all', '--data', data);
  await runLive(data, mended);
  const timeline = await inFolder(data, ({ log }) => Array.fromAsync(readLane(log, 'timeline', lane)));
  const eventIds = timeline.flatMap(({ headers }) => readTimelineHeaders(headers).eventId ?? []);
  expect(eventIds.filter((id) => id === 'event-bert' || id === 'event-too')).toEqual(['event-bert', 'event-too']);
  const { stdout } = await deadLetters('list', '--json', '--limit', '1', '--data', data);
  expect(JSON.parse(stdout)).toMatchObject({ reason: 'malformed', origin: `orders:${lane}:7` });
});

test('what was sent again is not sent again by accident, and is with --again', async () => {
  const data = folders.copy(live);
  await deadLetters('redrive', '--reason', 'unknown-currency', '--data', data);
  const before = await ordersIn(data);
  const second = await deadLetters('redrive', '--reason', 'unknown-currency', '--data', data);
  expect(second.stdout).toContain('0 records sent again.\nLeft out: 2 sent again before');
  expect(await ordersIn(data)).toEqual(before);
  const again = await deadLetters('redrive', '--reason', 'unknown-currency', '--again', '--data', data);
  expect(again.stdout).toContain('2 records sent again');
  expect(await ordersIn(data)).toHaveLength(before.length + 2);
});

test('two letters of one record send it once', async () => {
  const data = folders.copy(live);
  const letter = await inFolder(data, async ({ log }) => (await log.read('dead-letters', lane, 0, 1))[0]);
  if (letter === undefined) throw new Error('no letter');
  await send(data, 'dead-letters', lane, [letter]);
  const { stdout } = await deadLetters('redrive', '--reason', 'unknown-currency', '--data', data);
  expect(stdout).toContain('2 records sent again (orders 2).\nLeft out: 1 of the same record as another letter');
});

test('a record in dead-letters that is no letter is named', async () => {
  const data = folders.copy(live);
  await send(data, 'dead-letters', lane, [{ key: null, value: null, headers: {} }]);
  const { code, stderr } = await deadLetters('list', '--data', data);
  expect(code).toBe(1);
  expect(stderr).toContain(`Expected a dead letter at ${lane}:5, found another record`);
});

test('a folder that is not there is said, and not made', async () => {
  const nowhere = folders.path('nowhere');
  for (const args of [['list'], ['show', '0:0'], ['redrive', '--all']]) {
    const { code, stderr } = await deadLetters(...args, '--data', nowhere);
    expect({ code, isSaid: stderr.includes('no such folder') }).toEqual({ code: 1, isSaid: true });
  }
});
