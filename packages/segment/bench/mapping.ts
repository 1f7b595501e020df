// What the mapping of calls costs, in µs of processor time an event, as the SDKs' own bodies have them: node --no-warnings packages/segment/bench/mapping.ts

import type { TimeMs } from '@tidemark/domain';
import { mapCall, sourceOf } from '../src/index.ts';

const EVENTS = 20_000;
const ROUNDS = 5;
const receivedAt = Date.UTC(2026, 10, 21, 12) as TimeMs;

const context = {
  library: { name: '@segment/analytics-node', version: '3.1.0' },
  ip: '203.0.113.7',
  page: { url: 'https://shop.example/p/17?utm=x', path: '/p/17', title: 'Chess', referrer: 'https://shop.example/' },
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36',
};
const product = { product_id: 'p17', sku: 's17', name: 'Chess', category: 'Games', price: 19.99, quantity: 2 };
const base = {
  userId: 'customer-4711',
  anonymousId: '3f2a6c1e-8f6b-4a51-9b7e-1f2d3c4b5a69',
  timestamp: '2026-11-21T09:30:00.000Z',
  integrations: { All: true, Braze: false },
  context,
};
const calls = {
  page: {
    ...base,
    type: 'page',
    name: 'Product',
    properties: { url: context.page.url, path: '/p/17', title: 'Chess', search: '?utm=x', referrer: '' },
  },
  product: {
    ...base,
    type: 'track',
    event: 'Product Viewed',
    properties: { ...product, brand: 'Acme', position: 3, in_stock: true },
  },
  other: {
    ...base,
    type: 'track',
    event: 'Video Playback Started',
    properties: { id: 'v1', seconds: 17, muted: false },
  },
  identify: {
    ...base,
    type: 'identify',
    traits: { email: 'a@b.example', plan: 'pro', age: 34, address: { city: 'Ghent', country: 'BE' } },
  },
  order: {
    ...base,
    type: 'track',
    event: 'Order Completed',
    properties: {
      order_id: 'o1',
      total: 129.5,
      revenue: 110,
      currency: 'USD',
      products: [product, { ...product, sku: 's18' }],
    },
  },
};

/** Of a hundred events: mostly page and product views, as shops send them. */
const MIX = { page: 45, product: 30, other: 15, identify: 5, order: 5 } as const;

type Name = keyof typeof calls;

function microseconds(names: readonly Name[]): number {
  const receipt = {
    source: sourceOf({ name: 'shop', kind: 'server', currency: 'USD' }),
    receivedAt,
    newId: () => 'made',
  };
  const bodies = names.map(
    (name, i) => JSON.parse(JSON.stringify({ ...calls[name], messageId: `node-next-${i}` })) as unknown,
  );
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    for (let i = 0; i < EVENTS; i++) mapCall(bodies[i % bodies.length], receipt);
    times.push(process.cpuUsage(before).user / EVENTS);
  }
  return times.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Number.NaN;
}

const mix = (Object.entries(MIX) as [Name, number][]).flatMap(([name, count]) =>
  Array.from({ length: count }, () => name),
);
const texts = Object.values(calls).map((call) => JSON.stringify(call));
const before = process.cpuUsage();
for (let i = 0; i < EVENTS; i++) JSON.parse(texts[i % texts.length] ?? '');
console.log(`${'JSON.parse of one, to compare with'} ${(process.cpuUsage(before).user / EVENTS).toFixed(2)} µs`);
for (const name of Object.keys(calls) as Name[]) console.log(`${name.padEnd(9)} ${microseconds([name]).toFixed(2)} µs`);
console.log(`${'mix'.padEnd(9)} ${microseconds(mix).toFixed(2)} µs`);
