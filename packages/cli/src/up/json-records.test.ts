import { customerKey } from '@tidemark/contracts';
import type { CustomerId } from '@tidemark/domain';
import { afterAll, expect, test } from 'vitest';
import { Folders, laneOfCustomer, replayedFolder, runLive, send } from '../testing/folders.ts';
import { runTidemark } from '../testing/run-tidemark.ts';

const folders = new Folders();
afterAll(() => folders.remove());

test('JSON that a producer wrote to a raw topic is folded like Avro; what is wrong in it is a dead letter', async () => {
  const data = await replayedFolder(folders);
  await runLive(data);
  const order = {
    eventId: 'json-1',
    customerId: 'joan',
    occurredAt: new Date(Date.now() - 60_000).toISOString(),
    orderId: 'json-order',
    status: 'PAID',
    amountMinor: 12_300,
    currency: 'USD',
  };
  const record = (value: unknown) => {
    const key = customerKey('joan' as CustomerId);
    return { key, value: Buffer.from(JSON.stringify(value)), headers: {} };
  };
  await send(data, 'orders', laneOfCustomer('joan'), [
    record(order),
    record({ ...order, eventId: 'json-2', orderId: 'json-other', amountMinor: '12.30' }),
    record({ ...order, eventId: 'json-3', customerId: 'somebody-else' }),
  ]);
  await runLive(data);

  const { stdout } = await runTidemark(['profile', 'joan', '--json', '--data', data]);
  expect(JSON.parse(stdout)).toMatchObject({ customerId: 'joan' });
  expect(stdout).toContain('"monetaryMinor":12300');
  const tail = await runTidemark(['tail', 'dead-letters', '--data', data]);
  expect(tail.stdout).toMatch(/"reason":"invalid-field","detail":"amountMinor: expected .*found/);
  expect(tail.stdout).toContain('"reason":"key-mismatch"');
  const raw = await runTidemark(['tail', 'orders', '--data', data]);
  expect(raw.stdout).toContain('"eventId":"json-1"');
});
