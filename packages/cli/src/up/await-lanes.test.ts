import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embeddedSchemaIds, encodePolicy, topics } from '@tidemark/contracts';
import { type Embedded, openEmbedded } from '@tidemark/embedded';
import { defaultPolicy, type PolicyDocument, policyDocument } from '@tidemark/policy';
import { systemClock } from '@tidemark/runtime';
import { startUnify } from '@tidemark/service-unify';
import type { RunningService } from '@tidemark/stream';
import type { UnifyLane } from '@tidemark/timeline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { damage } from '../testing/folders.ts';
import { awaitLanes, describeWaiting } from './await-lanes.ts';
import { goLive, type LiveStart } from './go-live.ts';
import { readPipelineSettings } from './pipeline-settings.ts';

const DEFAULT = policyDocument(defaultPolicy());
const OTHER = policyDocument({ ...defaultPolicy(), name: 'other' });
const EUROS = policyDocument({ ...defaultPolicy(), currency: { base: 'EUR', rates: {} } });
const LONG = { withinMs: 60_000, signal: new AbortController().signal };
const AT_ONCE = { ...LONG, withinMs: 0 };

let folder: string;
let embedded: Embedded;
let unify: RunningService<UnifyLane> | null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-await-lanes-'));
  open();
});
afterEach(async () => {
  await close();
  rmSync(folder, { recursive: true });
});

test('a lane counts once unify has it on the wall clock under the policy, and not before', async () => {
  const started = await start(null);
  expect(await awaitLanes(embedded, systemClock, started, AT_ONCE)).toEqual([0, 1]);
  expect(describeWaiting([0, 1], started)).toBe('policy 1 is in the log, and lanes 0, 1 have not taken it yet');
  expect(describeWaiting([1], started)).toBe('policy 1 is in the log, and lane 1 has not taken it yet');
  await startOfUnify();
  expect(await awaitLanes(embedded, systemClock, started, LONG)).toEqual([]);
  expect(await awaitLanes(embedded, systemClock, await start(null), AT_ONCE)).toEqual([]);
});

test('a lane that refuses it is told with the reason; the others may have it', async () => {
  await startOfUnify();
  await awaitLanes(embedded, systemClock, await start(null), LONG);
  await sendLetterWithoutValue();
  const placed = new Map([
    [0, await sendPolicy(0, 2, EUROS)],
    [1, await sendPolicy(1, 2, OTHER)],
  ]);
  const started: LiveStart = { policy: { number: 2, hash: EUROS.hash }, placed, switched: false };
  const failure = await awaitLanes(embedded, systemClock, started, LONG).catch((error: unknown) => error);
  expect(failure).toMatchObject({
    message: expect.stringMatching(/^Expected every lane to take policy 2, found that lanes refused it\./),
    details: expect.arrayContaining([expect.stringMatching(/^lane \d: /)]),
  });
  await Promise.all([0, 1].map((lane) => untilJudged(lane)));
  await expect(awaitLanes(embedded, systemClock, started, AT_ONCE)).rejects.toMatchObject({
    details: [
      'lane 0: invalid-policy: expected the base currency that the timeline has, found another (docs/runbook/dead-letters.md#invalid-policy)',
      'lane 1: another policy, number 2, came before it',
    ],
  });
});

test('what is in force counts, whatever retention has left of control', async () => {
  await startOfUnify();
  await awaitLanes(embedded, systemClock, await start(OTHER), LONG);
  const writer = await embedded.log.writer();
  for (const lane of [0, 1])
    await writer.send('control', lane, [{ key: null, value: new Uint8Array([1]), headers: {} }]);
  await writer.close();
  await Promise.all([0, 1].map((lane) => untilJudged(lane)));
  await close();
  expect(damage(folder, `DELETE FROM blocks WHERE id IN (${firstOfControl()})`)).toBe(2);
  open();
  expect(await start(null)).toMatchObject({ policy: { number: 1, hash: OTHER.hash }, placed: new Map() });
  await expect(start(EUROS)).rejects.toThrow('as policy 1 has');
  await startOfUnify();
  const second = await start(DEFAULT);
  expect(second.policy.number).toBe(2);
  expect(await awaitLanes(embedded, systemClock, second, LONG)).toEqual([]);
});

function open(): void {
  embedded = openEmbedded({ folder, lanes: 2, topics: topics.map(({ name }) => name), clock: systemClock });
  unify = null;
}

async function close(): Promise<void> {
  await unify?.stop();
  embedded.close();
}

function start(given: PolicyDocument | null): Promise<LiveStart> {
  return goLive({ ...embedded, schemaIds: embeddedSchemaIds }, systemClock, given);
}

async function startOfUnify(): Promise<void> {
  const ports = { log: embedded.log, clock: systemClock, schemas: embeddedSchemaIds };
  unify = await startUnify(ports, readPipelineSettings({}).unify, {});
}

async function sendPolicy(lane: number, number: number, policy: PolicyDocument): Promise<number> {
  const value = encodePolicy(embeddedSchemaIds, { number, ...policy }, systemClock.now());
  const writer = await embedded.log.writer();
  const { baseOffset } = await writer.send('control', lane, [{ key: null, value, headers: {} }]);
  await writer.close();
  return baseOffset;
}

/** Whoever else writes to the topic: such a record says nothing. */
async function sendLetterWithoutValue(): Promise<void> {
  const writer = await embedded.log.writer();
  await writer.send('dead-letters', 0, [{ key: null, value: null, headers: {} }]);
  await writer.close();
}

async function untilJudged(lane: number): Promise<void> {
  const { end } = await embedded.log.bounds('control', lane);
  while (((await embedded.committed('unify', lane)).get('control')?.offset ?? 0) < end) await systemClock.sleep(10);
}

/** SQL for the block of the first record of control, in each of two lanes. */
function firstOfControl(): string {
  const partition = (lane: number) => `((SELECT id FROM topics WHERE name = 'control') * 2 + ${lane}) * ${2 ** 40}`;
  return `${partition(0)}, ${partition(1)}`;
}
