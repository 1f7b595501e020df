// Sends one customer's orders: node examples/producer/send-orders.mjs --url http://127.0.0.1:8080 [--token T] [--customer C]

import { parseArgs } from 'node:util';
import { createProducer, httpTransport } from '@tidemark/producer';

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:8080' },
    token: { type: 'string' },
    customer: { type: 'string', default: 'customer-1' },
  },
});

const DAY_MS = 86_400_000;
const shop = [
  { orderId: `${values.customer}-1`, daysAgo: 40, amountMinor: 12_900 },
  { orderId: `${values.customer}-2`, daysAgo: 12, amountMinor: 4_550 },
  { orderId: `${values.customer}-3`, daysAgo: 0, amountMinor: 48_000 },
];

const producer = createProducer({ transport: httpTransport({ url: values.url, token: values.token }) });

const deliveries = shop.map(async ({ orderId, daysAgo, amountMinor }) => {
  const { lane, offset } = await producer.order({
    // The shop's own id: sent again after a crash, the order still counts once.
    eventId: `${orderId}-paid`,
    customerId: values.customer,
    occurredAt: new Date(Date.now() - daysAgo * DAY_MS),
    orderId,
    status: 'PAID',
    amountMinor,
    currency: 'USD',
  });
  console.log(`${orderId}: durable in lane ${lane} at offset ${offset}`);
});
for (const outcome of await Promise.allSettled(deliveries)) {
  if (outcome.status === 'fulfilled') continue;
  console.error(`not delivered: ${outcome.reason}`);
  process.exitCode = 1;
}

// An amount in dollars instead of cents: refused here, by its field, before anything is sent.
await producer
  .order({
    customerId: values.customer,
    occurredAt: new Date(),
    orderId: `${values.customer}-4`,
    status: 'PAID',
    amountMinor: 19.99,
    currency: 'USD',
  })
  .catch((error) => console.log(`${values.customer}-4: ${error}`));

await producer.close();
