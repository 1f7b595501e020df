import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedReader } from '@tidemark/embedded';
import { afterAll, expect, test } from 'vitest';
import { freePort, killAll, Program, until } from '../stack/service-process.ts';
import { accountOf, EXPECTED, sendOrders } from './sent-orders.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-door-'));
afterAll(async () => {
  await killAll();
  rmSync(folder, { recursive: true, force: true });
});

test("what Segment's SDK sends to a data folder is on the timeline or a dead letter, once, though the process is killed meanwhile", async () => {
  const port = await freePort();
  const start = () =>
    new Program('packages/cli/src/main.ts', ['up', '--live', '--data', folder, '--port', String(port)], {});
  const first = start();
  const line = /SDKs of this machine send to (http:\S+) with the write key ([0-9a-f]{48})\./;
  await until('it says where to send', () => line.test(first.stdout) || first.child.exitCode !== null);
  const [, url = '', writeKey = ''] = line.exec(first.stdout) ?? [];
  let second = first;
  await sendOrders(url, writeKey, async () => {
    await until('some orders are taken', async () => (await countOf('orders')) > 0);
    await first.stop('SIGKILL');
    second = start();
  });
  await until('all are accounted for', async () => {
    const { timeline, letters } = await account();
    return timeline >= EXPECTED.timeline && letters >= EXPECTED.letters;
  });
  // Scores have them, and a tier changed.
  await until('a customer has a tier', async () => {
    const answer = await fetch(`${url}/v1/profiles/u1`).catch(() => null);
    const profile = (await answer?.json().catch(() => null)) as { tier?: { tier?: string } } | null;
    return ['gold', 'platinum'].includes(profile?.tier?.tier ?? '');
  });
  expect(await account()).toEqual(EXPECTED);
  expect(line.exec(second.stdout)?.[2]).toBe(writeKey);
  expect((await second.stop('SIGINT')).code).toBe(0);
});

async function reading<Result>(work: (log: ReturnType<typeof openEmbeddedReader>['log']) => Promise<Result>) {
  const reader = openEmbeddedReader(folder);
  try {
    return await work(reader.log);
  } finally {
    reader.close();
  }
}

function account() {
  return reading(accountOf);
}

function countOf(topic: string): Promise<number> {
  return reading(async (log) => {
    const bounds = await Promise.all(Array.from({ length: log.lanes }, (_, lane) => log.bounds(topic, lane)));
    return bounds.reduce((sum, { start, end }) => sum + end - start, 0);
  });
}
