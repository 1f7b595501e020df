import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embeddedSchemaIds, encodeRaw, type PolicyRecord, topics } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { type Embedded, openEmbedded } from '@tidemark/embedded';
import { defaultPolicy, policyDocument } from '@tidemark/policy';
import type { Clock, LogWriter, NewRecord } from '@tidemark/stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { goLive } from './go-live.ts';

const NOW = 1_800_000_000_000 as TimeMs;
const clock: Clock = { now: () => NOW, elapsedMs: () => 0, sleep: async () => undefined };
const POLICY = policyDocument(defaultPolicy());

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
  expect(await start()).toEqual({ policyNumber: 1, switched: false });
  expect(await controlEnds()).toEqual([1, 1]);
});

test('what unify refuses in control neither holds up the start nor counts as a policy', async () => {
  for (const lane of [0, 1]) await writer.send('control', lane, [policy({})]);
  const punctuation = encodeRaw('punctuation', embeddedSchemaIds.idOf('punctuation') ?? 0, { time: NOW, until: NOW });
  const euros = policyDocument({ ...defaultPolicy(), currency: { base: 'EUR', rates: {} } });
  await writer.send('control', 0, [
    { key: null, value: punctuation, headers: {} },
    policy({ number: 7, hash: '0'.repeat(64) }),
    policy({ number: 8, document: '{}' }),
    policy({ number: 9, ...euros }),
    { key: null, value: new Uint8Array([1]), headers: {} },
  ]);
  expect(await start()).toEqual({ policyNumber: 1, switched: false });
  expect(await controlEnds()).toEqual([6, 1]);
});

function start() {
  return goLive({ log: embedded.log, schemaIds: embeddedSchemaIds }, clock, null);
}

function policy(changes: Partial<PolicyRecord>): NewRecord {
  const value = { number: 1, ...POLICY, time: NOW, ...changes };
  return { key: null, value: encodeRaw('policy', embeddedSchemaIds.idOf('policy') ?? 0, value), headers: {} };
}

function controlEnds(): Promise<number[]> {
  return Promise.all([0, 1].map(async (lane) => (await embedded.log.bounds('control', lane)).end));
}
