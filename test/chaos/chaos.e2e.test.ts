import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWithServers } from '@tidemark/testkit/servers';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../stack/service-process.ts';
import { FAULT_NAMES } from './faults.ts';
import { describeFault, describeReport, isGood } from './report.ts';
import { CUSTOMERS, runChaos } from './run-chaos.ts';
import { NAMESPACE, openAccess, openProxies, stackOptions } from './set-up.ts';

/** Chooses the faults and their order; `npm run chaos -- --seed` tries others. */
const SEED = 1;
const kafkaProxyPort = await freePort();

describeWithServers(
  'a pipeline on real servers',
  ['kafka', 'redis', 'registry'],
  (stack) => {
    test('is read on after its connections broke, whichever of those that are opened next breaks at once, too', async () => {
      const proxies = await openProxies(stack(), kafkaProxyPort);
      const { admin, log, close } = await openAccess(stack());
      onTestFinished(async () => {
        await close();
        for (const proxy of Object.values(proxies)) await proxy.close();
      });
      const topics = ['first', 'second'];
      await admin.createTopics({
        topics: topics.map((topic) => ({ topic: `${NAMESPACE}.${topic}`, numPartitions: 3 })),
      });
      const reads = topics.flatMap((topic) => [0, 1, 2].map((lane) => ({ topic, lane })));
      for (let broken = 0; broken < reads.length; broken++) {
        let opened = Number.NEGATIVE_INFINITY;
        const isOpenOrBreaks = () => opened < 0 || opened++ === broken;
        proxies.kafka.disturb({ kind: 'reset', befalls: isOpenOrBreaks, delayMs: () => 0 });
        opened = 0;
        // As in a process that was suspended: all of them try again at once.
        setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200), 50);
        await Promise.all(reads.map(({ topic, lane }) => log.read(topic, lane, 0, 1)));
      }
    });

    test('loses nothing, doubles nothing and tears nothing, whichever part of it breaks', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'tidemark-chaos-'));
      const lines: string[] = [];
      const log = (line: string) => void lines.push(line);
      // Or, where that takes longer, one round of all kinds of faults.
      const options = { stack: stack(), kafkaProxyPort, seed: SEED, minutes: 1, faults: FAULT_NAMES, folder, log };
      const report = await runChaos(options);
      const told = [...report.records.map(describeFault), ...describeReport(report), `kept in ${folder}`].join('\n');
      expect(isGood(report), told).toBe(true);
      expect(new Set(report.records.map(({ name }) => name))).toEqual(new Set(FAULT_NAMES));
      expect(report.findings.compared.changes).toBeGreaterThan(500);
      expect(report.findings.compared.tierChangesBySilence).toBeGreaterThan(0);
      expect(report.findings.compared.customers).toBeGreaterThan(CUSTOMERS);
      rmSync(folder, { recursive: true });
    });
  },
  stackOptions(kafkaProxyPort),
);
