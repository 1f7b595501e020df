import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWithSharedServers } from '@tidemark/testkit/servers';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { accountOf, EXPECTED, sendOrders } from '../door/sent-orders.ts';
import { applyLayout, variablesFor } from './deployment.ts';
import { RemotePipeline } from './remote-pipeline.ts';
import { freePort, killAll, ServiceProcess, until } from './service-process.ts';

const [OLD_KEY, NEW_KEY] = ['a-write-key-of-before', 'a-write-key-of-now'];
const sourcesOf = (...keys: readonly string[]) => {
  const hashes = keys.map((key) => `"sha256:${createHash('sha256').update(key).digest('hex')}"`);
  return `sources:\n  - { name: shop, kind: server, keys: [${hashes.join(', ')}] }\n`;
};

describeWithSharedServers('the door on servers', ['kafka', 'redis', 'registry'], (stack) => {
  afterAll(killAll);

  test("what Segment's SDK sends is on the timeline or a dead letter, once, though the door is killed meanwhile", async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidemark-sources-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const sources = join(folder, 'sources.yaml');
    writeFileSync(sources, sourcesOf(OLD_KEY));
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const variables = variablesFor(stack(), 'door', {
      TIDEMARK_DOOR_PORT: String(port),
      TIDEMARK_DOOR_SOURCES: sources,
    });
    const send = (key: string) =>
      fetch(`${url}/v1/batch`, { method: 'POST', body: JSON.stringify({ batch: [], writeKey: key }) });

    await applyLayout(variables);
    await Promise.all(['unify', 'profile'].map((name) => ServiceProcess.start(name, variables)));
    const first = await ServiceProcess.start('door', variables);
    await first.ready();
    await until('the lanes are known to be live', async () => (await send(OLD_KEY)).status === 200);
    expect((await send(NEW_KEY)).status).toBe(401);
    writeFileSync(sources, sourcesOf(OLD_KEY, NEW_KEY));
    await until('the new key is taken beside the old', async () => (await send(NEW_KEY)).status === 200);
    expect((await send(OLD_KEY)).status).toBe(200);

    const pipeline = await RemotePipeline.open(variables);
    onTestFinished(() => pipeline.close());
    let second = first;
    await sendOrders(url, NEW_KEY, async () => {
      await pipeline.reaches('orders', 0);
      await first.stop('SIGKILL');
      second = await ServiceProcess.start('door', variables);
    });
    await until('all are accounted for', async () => {
      const { timeline, letters } = await accountOf(pipeline.log);
      return timeline >= EXPECTED.timeline && letters >= EXPECTED.letters;
    });
    expect(await accountOf(pipeline.log)).toEqual(EXPECTED);
    await second.ready();
    expect((await second.stop()).code).toBe(0);
  });
});
