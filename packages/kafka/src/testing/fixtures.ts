import type { Diagnostics } from '../diagnostics.ts';
import type { KafkaConnection } from '../kafka-connection.ts';

export const silent: Diagnostics = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export function connectionTo(brokers: readonly string[]): KafkaConnection {
  return { brokers, clientId: 'test', tls: null, sasl: null };
}
