// Prints tier changes as they come, until Ctrl-C; started again, it goes on where it stopped:
// node examples/consumer/print-tier-changes.ts --url http://127.0.0.1:8080 [--token T] [--place FILE]

import { parseArgs } from 'node:util';
import { consumeTierChanges, filePlace, httpSource } from '@tidemark/consumer';

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:8080' },
    token: { type: 'string' },
    place: { type: 'string', default: 'tier-changes.place.json' },
  },
});

const end = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end.abort());

console.log(`waiting for tier changes of ${values.url}; the place is kept in ${values.place}`);
await consumeTierChanges({
  source: httpSource({ url: values.url, token: values.token }),
  place: filePlace(values.place),
  signal: end.signal,
  // Here stands the call of a marketing tool. It may get a change again after a crash: lane and number tell it.
  async handle(changes) {
    for (const { customerId, lane, number, from, to, direction, effectiveAt, reasons } of changes) {
      const why = reasons.map(({ view, value, points }) => `${view} ${value} (${points})`).join(', ');
      console.log(
        // Whoever named the customer is not to write on this terminal.
        `${effectiveAt} ${lane}:${number} ${JSON.stringify(customerId)} ${direction}: ${from ?? 'none'} -> ${to} because ${why}`,
      );
    }
  },
  onRetry: ({ doing, error, waitMs }) => console.error(`${doing}: ${error}; again in ${Math.round(waitMs)} ms`),
});
console.log('stopped');
