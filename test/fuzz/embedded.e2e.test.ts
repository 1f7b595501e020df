import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embeddedSchemaIds, LANES_DEFAULT, RAW_TOPICS, type RawRecordType } from '@tidemark/contracts';
import { type EmbeddedReader, readEmbedded } from '@tidemark/embedded';
import { Random } from '@tidemark/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { killAll, Program, until } from '../stack/service-process.ts';
import { type Account, accountFor, type Sent } from './account.ts';
import { MARK } from './events.ts';
import { holdStreams } from './hold-streams.ts';
import { hostileRecords } from './hostile-records.ts';
import { hostileRequests } from './hostile-requests.ts';
import { probesOf, proveFlow, unreadable } from './probe.ts';
import { fillFolder } from './raw-writer.ts';
import { SEED } from './seed.ts';
import { type RequestAccount, sendRequests, sumOfRequests } from './send-requests.ts';
import { type MemoryPeak, readMetrics, sumOf, watchMemory } from './watch-memory.ts';

/** `RECORDS=100000 REQUESTS=10000` in the environment takes minutes. */
const RECORDS = Number(process.env['RECORDS'] ?? 30_000);
const REQUESTS = Number(process.env['REQUESTS'] ?? 3_000);
/** Of these, while the records are worked off. */
const REQUESTS_MEANWHILE = REQUESTS / 10;
const STREAMS_HELD = 20;
const TOKENS = { reader: 'reader-token-0123456', producer: 'producer-token-01234', operator: 'operator-token-01234' };
/** The heap ends the process if it needs more. */
const HEAP_MIB_MAX = 384;
/** With buffers and SQLite's own memory: twice what was seen with 100,000 records, which alone have 110 MiB. */
const RESIDENT_MIB_MAX = 1_400;
const PATIENCE_MS = 300_000;
const MIB = 1_048_576;

const folder = mkdtempSync(join(tmpdir(), 'tidemark-fuzz-'));
let sent: readonly Sent[];
let up: Program;
let requests: RequestAccount;
let streams: readonly number[];
let peak: MemoryPeak;
let metrics: string;
let readiness: { readonly ok: boolean };
let oddCustomers: readonly string[];
let exitCode: number | null;
let account: Account;

/** All happens once: records wait in the log, requests come meanwhile and after. The tests look at what became of it. */
beforeAll(async () => {
  process.stderr.write(`fuzz: SEED=${SEED}\n`);
  const random = new Random(SEED);
  const now = Date.now();
  const schemaIdOf = (recordType: string, version = 1) =>
    embeddedSchemaIds.idOf(recordType as RawRecordType, version) ?? 0;
  const records = hostileRecords(random.fork(), RECORDS, { lanes: LANES_DEFAULT, now, schemaIdOf });
  sent = await fillFolder(folder, records, embeddedSchemaIds, now);

  up = new Program('packages/cli/src/main.ts', ['up', '--live', '--json', '--port', '0', '--data', folder], {
    NODE_OPTIONS: `--max-old-space-size=${HEAP_MIB_MAX}`,
    TIDEMARK_RATE_LIMIT_PER_SECOND: '1000000',
    TIDEMARK_READER_TOKENS: TOKENS.reader,
    TIDEMARK_PRODUCER_TOKENS: TOKENS.producer,
    TIDEMARK_OPERATOR_TOKENS: TOKENS.operator,
  });
  await until('the server starts', () => up.stdout.includes('\n') || up.child.exitCode !== null);
  if (!up.stdout.includes('\n')) throw new Error(`expected a server, found ${up.stderr}`);
  const { url } = JSON.parse(up.stdout) as { readonly url: string };

  const memory = watchMemory(url);
  const held = holdStreams(url, TOKENS.reader, STREAMS_HELD);
  // A process that works off what has waited answers late: most requests come when it has done so.
  const meanwhile = sendRequests(url, hostileRequests(random.fork(), REQUESTS_MEANWHILE, TOKENS));
  await until('unify has taken all', () => readEmbedded(folder, isUnified), PATIENCE_MS);
  const afterwards = await sendRequests(url, hostileRequests(random.fork(), REQUESTS - REQUESTS_MEANWHILE, TOKENS));
  requests = sumOfRequests(await meanwhile, afterwards);
  await proveFlow(url, probesOf(LANES_DEFAULT), TOKENS);
  streams = held.statuses;
  held.close();
  peak = await memory.stop();
  metrics = await readMetrics(url);
  readiness = (await (await fetch(`${url}/readyz`)).json()) as { readonly ok: boolean };
  oddCustomers = await unreadable(url, TOKENS.reader, sent);
  ({ code: exitCode } = await up.stop('SIGINT'));
  account = await readEmbedded(folder, ({ log }) => accountFor(sent, log, embeddedSchemaIds));
  const { byStatus, answers, silent } = requests;
  const figures = { ...account, requests: { byStatus, answers, silent }, memoryMib: mebibytesOf(peak) };
  process.stderr.write(`fuzz: ${JSON.stringify(figures)}\n`);
}, 2 * PATIENCE_MS);

afterAll(async () => {
  await killAll();
  rmSync(folder, { recursive: true, force: true });
});

test('every record is on the timeline, a dead letter with its bytes, or a repeat that was counted', () => {
  expect(sent).toHaveLength(RECORDS);
  expect(new Set(sent.map(({ topic }) => topic))).toEqual(new Set(RAW_TOPICS));
  expect(account.violations).toEqual([]);
  expect(account.timeline + account.refused + account.dropped).toBe(RECORDS);
  expect(sumOf(metrics, 'tidemark_duplicates_dropped_total')).toBe(account.dropped);
  expect(sumOf(metrics, 'tidemark_dead_letters_total', 'service="unify"')).toBe(account.letters);
  // So that the records are what they should be: neither all good nor all bad.
  expect(Math.min(account.timeline, account.refused, account.dropped)).toBeGreaterThan(RECORDS / 50);
});

test('every request is answered, or was cut by its client; no answer is a failure or tells what it should not', () => {
  expect(requests.violations).toEqual([]);
  expect(requests.sent).toBeGreaterThanOrEqual(REQUESTS);
  expect(requests.answers + requests.silent).toBeGreaterThan(REQUESTS * 0.8);
  expect(requests.byStatus[200]).toBeGreaterThan(REQUESTS * 0.1);
  expect(requests.byStatus[400]).toBeGreaterThan(REQUESTS * 0.1);
});

test('streams of tier changes that are held open, some without reading, hinder nobody', () => {
  expect(streams).toEqual(Array.from({ length: STREAMS_HELD }, () => 200));
});

test('no lane stopped, no fold was poisoned, the process is ready and ends well', () => {
  expect(sumOf(metrics, 'tidemark_faults_total')).toBe(0);
  expect(sumOf(metrics, 'tidemark_crashes_total')).toBe(0);
  expect(sumOf(metrics, 'tidemark_dead_letters_total', 'reason="poison"')).toBe(0);
  expect(readiness).toMatchObject({ ok: true });
  expect(exitCode).toBe(0);
});

test('memory stays within its bounds', () => {
  expect(peak.residentBytes).toBeGreaterThan(0);
  expect(mebibytesOf(peak).resident).toBeLessThan(RESIDENT_MIB_MAX);
});

test('a customer of any id that was accepted can be asked for', () => {
  expect(oddCustomers).toEqual([]);
});

test('the log says nothing of customers, and has no stack', () => {
  expect(up.stderr).not.toContain(MARK);
  expect(up.stderr).not.toMatch(/\n\s+at /);
});

async function isUnified({ log, committed }: EmbeddedReader): Promise<boolean> {
  for (let lane = 0; lane < log.lanes; lane++) {
    const places = await committed('unify', lane);
    for (const topic of RAW_TOPICS) {
      if ((places.get(topic)?.offset ?? 0) < (await log.bounds(topic, lane)).end) return false;
    }
  }
  return true;
}

function mebibytesOf({ residentBytes, heapBytes }: MemoryPeak) {
  return { resident: Math.round(residentBytes / MIB), heap: Math.round(heapBytes / MIB) };
}
