import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWithServers } from '@tidemark/testkit/servers';
import { expect, test } from 'vitest';
import { freePort } from '../stack/service-process.ts';
import { FAULT_NAMES } from './faults.ts';
import { describeFault, describeReport, isGood } from './report.ts';
import { CUSTOMERS, runChaos } from './run-chaos.ts';
import { stackOptions } from './set-up.ts';

/** Chooses the faults and their order; `npm run chaos -- --seed` tries others. */
const SEED = 1;
const kafkaProxyPort = await freePort();

describeWithServers(
  'a pipeline on real servers',
  ['kafka', 'redis', 'registry'],
  (stack) => {
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
