// The floor of `behaviour, one process`: bare kafkajs reads the topic to its end and decodes each record's body.
// node bare-consumer.ts BROKERS TOPIC RECORDS

import { codecs, readTimelineHeaders } from '@tidemark/contracts';
import kafkajs from 'kafkajs';

const [, , brokers = '', topic = '', records = ''] = process.argv;
const { Kafka, logLevel } = kafkajs;
const consumer = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.ERROR }).consumer({
  groupId: `${topic}.floor`,
});
const codec = codecs['timeline-interaction'];
const done = Promise.withResolvers<void>();
let [count, startedAtMs, cpuBefore] = [0, 0, process.cpuUsage()];

consumer.on(consumer.events.GROUP_JOIN, () => {
  [startedAtMs, cpuBefore] = [Date.now(), process.cpuUsage()];
});
await consumer.connect();
await consumer.subscribe({ topics: [topic], fromBeginning: true });
await consumer.run({
  autoCommit: false,
  async eachBatch({ batch }) {
    for (const { value, headers } of batch.messages) {
      const { type, schema } = readTimelineHeaders({ head: String(headers?.['head']) });
      if (type === 'interaction' && value !== null) codec.decode(value, schema ?? '');
    }
    count += batch.messages.length;
    if (count >= Number(records)) done.resolve();
  },
});
await done.promise;
const { user, system } = process.cpuUsage(cpuBefore);
console.log(JSON.stringify({ seconds: (Date.now() - startedAtMs) / 1_000, cpuSeconds: (user + system) / 1e6 }));
await consumer.disconnect();
