import kafkajs, { type Kafka } from 'kafkajs';
import type { BenchPipeline } from './bench-context.ts';

/** A bare client of the pipeline's brokers. */
export function kafkaClient({ brokers }: BenchPipeline): Kafka {
  return new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.ERROR });
}
