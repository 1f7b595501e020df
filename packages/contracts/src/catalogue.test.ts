import { expect, test } from 'vitest';
import { allowsRecord, CHANGE_TOPICS, catalogue, RAW_TOPICS, topicName, topics } from './catalogue.ts';
import type { RecordType } from './generated/records.ts';
import { schemas } from './generated/schemas.ts';

test('every record type has a topic, and every topic names itself', () => {
  const recordTypes = new Set(topics.flatMap((topic) => topic.records));
  expect([...recordTypes].sort()).toEqual(Object.keys(schemas).sort() as RecordType[]);
  for (const [name, topic] of Object.entries(catalogue)) expect(topic.name).toBe(name);
});

test('records of the same time are merged in the order of the design', () => {
  expect(RAW_TOPICS.slice(0, 4)).toEqual(['interactions', 'orders', 'marketing', 'identities']);
  expect(RAW_TOPICS.at(-1)).toBe('control');
});

test('the timeline and the change topics are kept equally long, so that a rebuild finds both', () => {
  for (const name of CHANGE_TOPICS) expect(catalogue[name].retentionMs).toBe(catalogue.timeline.retentionMs);
});

test('Kafka stamps the timeline with its own clock', () => {
  expect(catalogue.timeline.timestampType).toBe('LogAppendTime');
});

test('a dead letter has room for the greatest record', () => {
  for (const { maxMessageBytes } of RAW_TOPICS.map((name) => catalogue[name])) {
    expect(catalogue['dead-letters'].maxMessageBytes).toBeGreaterThan(maxMessageBytes + 65_536);
  }
});

test('a record type is allowed on its own topic only, a punctuation on every raw topic', () => {
  expect(allowsRecord('orders', 'order-event')).toBe(true);
  expect(allowsRecord('interactions', 'order-event')).toBe(false);
  expect(allowsRecord('orders', 'policy')).toBe(false);
  for (const name of RAW_TOPICS) expect(allowsRecord(name, 'punctuation')).toBe(true);
});

test('a topic is named after its namespace', () => {
  expect(topicName('acme-eu1', 'tier-changes')).toBe('acme-eu1.tier-changes');
});

test.each(['', 'Acme', 'a_b', 'a.b', '-a', 'a-', 'a'.repeat(49), 'a\n'])('the namespace %o is refused', (namespace) => {
  expect(() => topicName(namespace, 'orders')).toThrow(/expected a namespace/);
});
