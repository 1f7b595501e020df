// A hop of the floor of `raw append to tier change`: bare kafkajs consumes a topic and appends each record to the next,
// with what settings of packages/kafka matter to it: idempotent, acks=all, batch after batch.
// node bare-hop.ts BROKERS FROM TO

import kafkajs from 'kafkajs';

const [, , brokers = '', from = '', to = ''] = process.argv;
const { Kafka, logLevel, Partitioners } = kafkajs;
const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.ERROR });
const producer = kafka.producer({ idempotent: true, createPartitioner: Partitioners.DefaultPartitioner });
const consumer = kafka.consumer({ groupId: `${from}.hop`, maxWaitTimeInMs: 250, heartbeatInterval: 500 });

consumer.on(consumer.events.GROUP_JOIN, () => console.log('joined'));
await producer.connect();
await consumer.connect();
await consumer.subscribe({ topics: [from], fromBeginning: true });
await consumer.run({
  autoCommit: false,
  async eachBatch({ batch: { messages, partition } }) {
    const copies = messages.map(({ key, value, headers = {} }) => ({ key, value, headers, partition }));
    await producer.send({ topic: to, acks: -1, messages: copies });
  },
});
