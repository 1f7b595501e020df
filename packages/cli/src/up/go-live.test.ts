import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createRawDecoder,
  embeddedSchemaIds,
  encodePolicy,
  encodeRaw,
  RAW_TOPICS,
  timelineHeaders,
  topics,
  type WrittenPolicy,
} from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { type Embedded, openEmbedded } from '@tidemark/embedded';
import { defaultPolicy, type PolicyDocument, policyDocument } from '@tidemark/policy';
import type { Clock, LogWriter, NewRecord } from '@tidemark/stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { goLive } from './go-live.ts';

const NOW = 1_800_000_000_000 as TimeMs;
const clock: Clock = { now: () => NOW, elapsedMs: () => 0, sleep: async () => undefined };
const DAY = 86_399_999 as TimeMs;
const decoder = createRawDecoder(embeddedSchemaIds);
const POLICY = policyDocument(defaultPolicy());
const EUROS = policyDocument({ ...defaultPolicy(), currency: { base: 'EUR', rates: {} } });

let folder: string;
let embedded: Embedded;
let writer: LogWriter;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-go-live-'));
  embedded = openEmbedded({ folder, lanes: 2, topics: topics.map(({ name }) => name), clock });
  writer = await embedded.log.writer();
});
afterEach(() => {
  embedded.close();
  rmSync(folder, { recursive: true });
});

test('a new log gets the default policy in every lane', async () => {
  expect(await start()).toMatchObject({ policy: { number: 1 }, switched: false });
  expect(await controlEnds()).toEqual([1, 1]);
});

test('what unify refuses in control neither holds up the start nor counts as a policy', async () => {
  for (const lane of [0, 1]) await writer.send('control', lane, [policy({})]);
  await writer.send('control', 0, [
    punctuation(NOW),
    policy({ number: 7, hash: '0'.repeat(64) }),
    policy({ number: 8, document: '{}' }),
    policy({ number: 9, ...EUROS }),
    { key: null, value: new Uint8Array([1]), headers: {} },
  ]);
  expect(await start()).toMatchObject({ policy: { number: 1 }, switched: false });
  expect(await controlEnds()).toEqual([6, 1]);
});

test('a policy in another base currency than the one in force, or about to be, is refused before anything is written', async () => {
  await writer.send('control', 0, [policy({ number: 3 })]);
  await expect(start(EUROS)).rejects.toThrow(
    /^Expected a policy with the base currency USD, as policy 3 has, found EUR\. Nothing was written: /,
  );
  expect(await controlEnds()).toEqual([1, 0]);
});

test('where one lane is in the middle of a replay, nothing is written in any', async () => {
  for (const lane of [0, 1]) await writer.send('control', lane, [punctuation(DAY), policy({})]);
  for (const topic of RAW_TOPICS.filter((each) => each !== 'control')) {
    await writer.send(topic, 0, [punctuation(DAY)]);
    if (topic !== 'orders') await writer.send(topic, 1, [punctuation(DAY)]);
  }
  await expect(start()).rejects.toThrow('found orders of lane 1 in the middle of it');
  expect(await controlEnds()).toEqual([2, 2]);
});

test('lanes that have two policies of one number get one with a greater number', async () => {
  const other = policyDocument({ ...defaultPolicy(), name: 'other' });
  await writer.send('control', 0, [policy({ number: 2 })]);
  await writer.send('control', 1, [policy({ number: 2, ...other })]);
  expect(await start()).toMatchObject({ policy: { number: 3, hash: POLICY.hash } });
});

test('a policy names the fold versions that the pipeline began with, not those of this build', async () => {
  const versions = { rfm: 9 };
  await writer.send('control', 0, [policy({ number: 3, versions })]);
  const other = policyDocument({ ...defaultPolicy(), name: 'other' });
  expect((await start(other)).policy).toMatchObject({ number: 4, versions });
  expect((await start()).policy).toMatchObject({ number: 4, versions });
});

function start(given: PolicyDocument | null = null) {
  return goLive({ ...embedded, schemaIds: embeddedSchemaIds }, clock, given);
}

function punctuation(until: TimeMs): NewRecord {
  const value = encodeRaw('punctuation', embeddedSchemaIds.idOf('punctuation') ?? 0, { time: until, until });
  return { key: null, value, headers: {} };
}

test('a replay that ends ahead of now is refused before anything is written: the wall clock is never set ahead', async () => {
  for (const lane of [0, 1]) await replayedTo(lane, lane === 0 ? NOW - 1 : NOW);
  const before = await controlEnds();
  await expect(start()).rejects.toThrow(/expected a replay that ends before now.*lane 1.*--from-data/is);
  expect(await controlEnds()).toEqual(before);
});

test('a replay of which a record lies ahead of now, beyond its last punctuation, is refused before anything is written', async () => {
  for (const lane of [0, 1]) await replayedTo(lane, NOW - 1);
  const headers = { type: 'tick', origin: null, clock: 'event', eventId: null, rawAppendedAtMs: null } as const;
  const ahead = timelineHeaders({ ...headers, logTime: (NOW + 1) as TimeMs });
  await writer.send('timeline', 1, [{ key: null, value: null, headers: ahead }]);
  const before = await controlEnds();
  await expect(start()).rejects.toThrow(/expected a replay that ends before now.*lane 1 .*T\d\d:\d\d:\d\d\.001Z/is);
  expect(await controlEnds()).toEqual(before);
});

test('a replay that ends just before now is gone on from, at now', async () => {
  for (const lane of [0, 1]) await replayedTo(lane, NOW - 1);
  expect(await start()).toMatchObject({ policy: { number: 1 }, switched: true });
  const [last] = await embedded.log.read('control', 0, ((await controlEnds())[0] as number) - 1, 1);
  expect(decoder.decode(last?.value ?? null)).toMatchObject({ recordType: 'live-switch', value: { time: NOW } });
});

async function replayedTo(lane: number, time: number): Promise<void> {
  for (const topic of RAW_TOPICS) {
    const value = { time: time as TimeMs, until: time as TimeMs };
    const punctuation = encodeRaw('punctuation', embeddedSchemaIds.idOf('punctuation') ?? 0, value);
    await writer.send(topic, lane, [{ key: null, value: punctuation, headers: {} }]);
  }
  await writer.send('control', lane, [policy({})]);
}

function policy(changes: Partial<WrittenPolicy>): NewRecord {
  return { key: null, value: encodePolicy(embeddedSchemaIds, { number: 1, ...POLICY, ...changes }, NOW), headers: {} };
}

function controlEnds(): Promise<number[]> {
  return Promise.all([0, 1].map(async (lane) => (await embedded.log.bounds('control', lane)).end));
}
