import { customerKey, encodeRaw, embeddedSchemaIds as ids, type RawRecordType, topics } from '@tidemark/contracts';
import type { CustomerId, TimeMs } from '@tidemark/domain';
import { foldServices } from '@tidemark/pipeline';
import { defaultPolicy } from '@tidemark/policy';
import type { NewRecord } from '@tidemark/stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { damage, Folders, laneOfCustomer, rawOrder, runLive, send } from '../testing/folders.ts';
import { runTidemark } from '../testing/run-tidemark.ts';
import { hasHidden } from './escape-text.ts';

/** Clears the screen, turns the line around, and forges two others. */
const HOSTILE = '\x1b[2J\x9b1m\u202e\nTier: platinum\u2028\r\tfoo';
const SHOWN = '\\u001b[2J\\u009b1m\\u202e\\nTier: platinum\\u2028\\r\\tfoo';
const ID = `=1 ${HOSTILE}`;
const lane = laneOfCustomer(ID);
const folders = new Folders();
const data = folders.path('hostile');
/** Change topics of what is off in the folder. */
const OFF = foldServices.filter(({ isOn }) => !isOn(defaultPolicy())).map(({ changeTopic }) => changeTopic);
let damaged: string;

beforeAll(async () => {
  const about = { customerId: ID, occurredAt: (Date.now() - 1_000) as TimeMs };
  await send(data, 'orders', lane, [
    rawOrder(ID),
    rawOrder(ID, { eventId: `e ${HOSTILE}`, orderId: HOSTILE, currency: 'EUR', refundId: HOSTILE }),
  ]);
  await send(data, 'interactions', lane, [
    raw('interaction-event', {
      ...about,
      eventId: `i ${HOSTILE}`,
      channel: HOSTILE,
      action: HOSTILE,
      object: HOSTILE,
      category: HOSTILE,
      sessionId: HOSTILE,
      properties: { [HOSTILE]: HOSTILE },
    }),
  ]);
  await send(data, 'marketing', lane, [
    raw('marketing-event', {
      ...about,
      eventId: `m ${HOSTILE}`,
      campaignId: HOSTILE,
      variant: HOSTILE,
      channel: HOSTILE,
      kind: 'OPENED',
    }),
  ]);
  await send(data, 'identities', lane, [
    raw('identity-event', {
      ...about,
      eventId: `d ${HOSTILE}`,
      traits: { [HOSTILE]: HOSTILE },
      consents: [{ channel: HOSTILE, purpose: HOSTILE, granted: true }],
      erasure: false,
      linkedCustomerId: null,
    }),
  ]);
  await runLive(data, { ...defaultPolicy(), name: 'default \u202e' });
  damaged = folders.copy(data);
  damage(damaged, `UPDATE facets SET facet = '{"x":1}' WHERE service = 'profile'`);
});
afterAll(() => folders.remove());

test.each([
  ['profile', ID],
  ['explain', ID],
  ['dead-letters', 'list'],
  ['dead-letters', 'show', `${lane}:0`],
  ['verify'],
  ['export', '--format', 'csv'],
  ['profile', `${ID}?`],
  ['explain', `${ID}?`],
  ['tail', HOSTILE],
  ['rebuild', '--service', HOSTILE],
  ['policy', 'check', HOSTILE],
  ['export', '--format', HOSTILE],
])('nothing of a text reaches the terminal but visible characters in its own line: %j', async (...words) => {
  const folder = words[0] === 'verify' ? damaged : data;
  const { stdout, stderr } = await runTidemark([...words, ...(words[0] === 'policy' ? [] : ['--data', folder])]);
  expect(`${stdout}${stderr}`).not.toBe('');
  const lines = `${stdout}${stderr}`.split('\n');
  expect(lines.filter(hasHidden)).toEqual([]);
  expect(lines.filter((line) => line.startsWith('Tier: platinum'))).toEqual([]);
});

test('a profile shows what is in a text by its codes', async () => {
  const { stdout } = await runTidemark(['profile', ID, '--data', data]);
  for (const text of [`Customer =1 ${SHOWN}, as of`, `${SHOWN}: ${SHOWN}`, `${SHOWN} (`, `${SHOWN} yes`]) {
    expect(stdout).toContain(text);
  }
});

/** Others hold nothing, or nothing of customers. */
const HOLD_HOSTILE: readonly string[] = [
  ...['interactions', 'orders', 'marketing', 'identities', 'timeline'],
  ...['rfm-changes', 'behaviour-changes', 'churn-changes', 'tier-changes'],
];

test.each([
  ['profile', ID, '--json'],
  ['explain', ID, '--json'],
  ['export'],
  ['dead-letters', 'list', '--json'],
  ['dead-letters', 'show', `${lane}:0`, '--json'],
  ['verify', '--json'],
  ...topics.filter(({ name }) => !OFF.includes(name)).map(({ name }) => ['tail', name]),
])('a line of JSON has the text itself, and is visible characters alone: %j', async (...words) => {
  const { stdout } = await runTidemark([...words, '--data', words[0] === 'verify' ? damaged : data]);
  const lines = stdout.trimEnd().split('\n');
  expect(lines.filter(hasHidden)).toEqual([]);
  const texts = lines.filter((line) => line !== '').flatMap((line) => textsIn(JSON.parse(line)));
  const [command, of = ''] = words;
  const isOfCustomers = command === 'tail' ? HOLD_HOSTILE.includes(of) : command !== 'dead-letters';
  if (isOfCustomers) expect(texts.some((text) => text.includes(HOSTILE))).toBe(true);
});

test('CSV for programs has the very characters', async () => {
  const { stdout } = await runTidemark(['export', '--format', 'csv', '--raw', '--data', data]);
  expect(stdout).toContain(`\n"${ID}",`);
  const { stdout: shown } = await runTidemark(['export', '--format', 'csv', '--data', data]);
  expect(shown).toContain(`\n"'=1 ${SHOWN}",`);
  expect((await runTidemark(['export', '--raw', '--data', data])).code).toBe(2);
});

function raw<Type extends RawRecordType>(type: Type, value: Parameters<typeof encodeRaw<Type>>[2]): NewRecord {
  return { key: customerKey(ID as CustomerId), value: encodeRaw(type, ids.idOf(type, 1) ?? 0, value), headers: {} };
}

/** Every text of a JSON value, names of properties included. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [name, ...textsIn(inner)]);
}
