import { execFileSync, spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { createRawDecoder, type OrderEventRecord, schemas } from '@tidemark/contracts';
import { describe, expect, test } from 'vitest';
import { runTidemark } from '../../packages/cli/src/testing/run-tidemark.ts';
import { ROOT } from '../deployment/repository.ts';

const PYTHON = 'examples/python/send_orders.py';
const SCHEMA_ID = 41;
const hasPython = spawnSync('python3', ['--version']).status === 0;

test.each(globSync('examples/policy/*.yaml', { cwd: ROOT }))('%s is a valid policy', async (file) => {
  const { code, stdout, stderr } = await runTidemark(['policy', 'check', join(ROOT, file)]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('is a valid policy');
});

describe.skipIf(!hasPython)('the producer in Python', () => {
  test('writes keys and values as the pipeline reads them', async () => {
    const args = [PYTHON, '--dry-run', '--schema-id', String(SCHEMA_ID), '--customer', 'Zoë'];
    const printed = execFileSync('python3', args, { cwd: ROOT, encoding: 'utf8' });
    const [schema] = schemas['order-event'];
    const decoder = createRawDecoder({
      idOf: () => undefined,
      schemaOf: (id) => (id === SCHEMA_ID ? JSON.stringify(schema?.schema) : null),
    });
    const orders: OrderEventRecord[] = [];
    for (const line of printed.trim().split('\n')) {
      const { key, value } = JSON.parse(line) as { readonly key: string; readonly value: string };
      expect(Buffer.from(key, 'hex').toString()).toBe('Zoë');
      const outcome = await decoder.decode(Buffer.from(value, 'hex'));
      expect(outcome).toMatchObject({ ok: true, recordType: 'order-event' });
      orders.push((outcome as unknown as { readonly value: OrderEventRecord }).value);
    }
    const common = { customerId: 'Zoë', status: 'PAID', currency: 'USD', refundId: null, items: [], marginMinor: null };
    expect(orders).toMatchObject([
      { ...common, eventId: 'Zoë-1-paid', orderId: 'Zoë-1', amountMinor: 12_900 },
      { ...common, eventId: 'Zoë-2-paid', orderId: 'Zoë-2', amountMinor: 4_550 },
      { ...common, eventId: 'Zoë-3-paid', orderId: 'Zoë-3', amountMinor: 48_000 },
    ]);
    expect(Math.abs(Number(orders[2]?.occurredAt) - Date.now())).toBeLessThan(60_000);
  });
});
