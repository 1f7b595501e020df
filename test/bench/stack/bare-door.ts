// The floor of `door`: bare fastify takes the same bodies, and sends each request's events to Kafka as Avro, one send a request,
// with what settings of packages/kafka matter to it: idempotent, acks=all.
// node bare-door.ts BROKERS TOPIC PORT

import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { codecs } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import fastify from 'fastify';
import kafkajs from 'kafkajs';

interface Call {
  readonly messageId: string;
  readonly userId: string;
  readonly timestamp: string;
  readonly event: string;
  readonly properties: Readonly<Record<string, string>>;
}

const [, , brokers = '', topic = '', port = ''] = process.argv;
const { Kafka, logLevel, Partitioners } = kafkajs;
const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.ERROR });
const producer = kafka.producer({ idempotent: true, createPartitioner: Partitioners.DefaultPartitioner });
const inflate = promisify(gunzip);
const app = fastify({ bodyLimit: 4 * 1_024 * 1_024 });

app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
app.post('/v1/batch', async ({ headers, body }) => {
  const bytes = headers['content-encoding'] === 'gzip' ? await inflate(body as Buffer) : (body as Buffer);
  const { batch } = JSON.parse(bytes.toString()) as { readonly batch: readonly Call[] };
  const messages = batch.map(({ messageId, userId, timestamp, event, properties }) => {
    const value = codecs['timeline-interaction'].encode({
      eventId: messageId,
      occurredAt: Date.parse(timestamp) as TimeMs,
      channel: 'web',
      action: event,
      object: properties['product_id'] ?? null,
      category: properties['category'] ?? null,
      sessionId: null,
      properties: {},
    });
    return { key: userId, value: Buffer.from(value) };
  });
  await producer.send({ topic, acks: -1, messages });
  return { success: true };
});

await producer.connect();
await app.listen({ host: '127.0.0.1', port: Number(port) });
console.log('listening');
