// A shop that has Segment's SDK already: it needs another host and a write key, and nothing else.
// node examples/segment/send-orders.mjs --key WRITE_KEY [--url http://127.0.0.1:8080] [--customer anna]
import { parseArgs } from 'node:util';
import { Analytics } from '@segment/analytics-node';

const { values } = parseArgs({
  options: {
    key: { type: 'string', default: process.env.WRITE_KEY },
    url: { type: 'string', default: 'http://127.0.0.1:8080' },
    customer: { type: 'string', default: 'anna' },
  },
});

const analytics = new Analytics({ writeKey: values.key ?? '', host: values.url });
let failures = 0;
analytics.on('error', ({ reason }) => {
  failures++;
  console.error(`not taken: ${reason instanceof Error ? reason.message : JSON.stringify(reason)}`);
});
for (const number of [1, 2, 3]) {
  const properties = { order_id: `${values.customer}-s${number}`, total: 290, currency: 'USD' };
  analytics.track({ userId: values.customer, event: 'Order Completed', properties });
}
await analytics.closeAndFlush();
if (failures === 0) console.log(`3 orders of ${values.customer} are taken`);
else process.exitCode = 1;
