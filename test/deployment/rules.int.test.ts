import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import { queries } from './monitoring.ts';
import { promtool, providePromtool } from './promtool.ts';
import { ROOT } from './repository.ts';

const FOLDER = join(ROOT, 'infra/prometheus');

describe.skipIf(!providePromtool())('Prometheus', () => {
  test('accepts the configuration and the rules that it names', () => {
    const { exitCode, output } = promtool('check', 'config', join(FOLDER, 'prometheus.yml'));
    expect(exitCode, output).toBe(0);
    expect(output).toContain('rules found');
  });

  test('fires every alert when it should, and keeps silent when it should', () => {
    const { exitCode, output } = promtool('test', 'rules', join(FOLDER, 'rules.test.yml'));
    expect(exitCode, output).toBe(0);
  });

  test("understands what the dashboard's panels ask", () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidemark-panels-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'panels.yml');
    // Recorded, since a rule is what promtool checks without a server.
    const rules = queries.map(({ expr }, index) => ({ record: `query:${index}`, expr }));
    writeFileSync(file, stringify({ groups: [{ name: 'panels', rules }] }));
    const { exitCode, output } = promtool('check', 'rules', file);
    expect(exitCode, output).toBe(0);
  });
});
