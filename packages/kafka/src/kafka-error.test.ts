import { createRequire } from 'node:module';
import { OperatingError } from '@tidemark/stream';
import kafkajs from 'kafkajs';
import { expect, test } from 'vitest';
import { asLogError } from './kafka-error.ts';

const protocolError = (type: string): Error =>
  Object.assign(new kafkajs.KafkaJSProtocolError(new Error('what the broker said')), { type });

test.each([
  ['NOT_LEADER_FOR_PARTITION', true],
  ['REQUEST_TIMED_OUT', true],
  ['OUT_OF_ORDER_SEQUENCE_NUMBER', true],
  ['ILLEGAL_GENERATION', true],
  ['UNKNOWN_TOPIC_OR_PARTITION', true],
  ['TOPIC_AUTHORIZATION_FAILED', false],
  ['MESSAGE_TOO_LARGE', false],
  ['INCONSISTENT_GROUP_PROTOCOL', false],
])('%s: retriable is %s, also when kafkajs gave up on it', (type, retriable) => {
  const error = protocolError(type);
  for (const found of [error, new kafkajs.KafkaJSNumberOfRetriesExceeded(error, { retryCount: 5, retryTime: 1 })]) {
    const told = asLogError(found, 'sending to shop.timeline, lane 3');
    expect(told).toBeInstanceOf(OperatingError);
    expect(told).toMatchObject({ code: 'log-unavailable', retriable });
    expect(String(told)).toMatch(
      new RegExp(`sending to shop.timeline, lane 3: .*what the broker said \\(${type}\\)\\. \\w`),
    );
  }
});

test('an error that is not Kafka’s stays what it is', () => {
  const bug = new TypeError('undefined is not a function');
  expect(asLogError(bug, 'anything')).toBe(bug);
});

test.each(['KafkaJSGroupCoordinatorNotFound', 'KafkaJSLockTimeout'])('%s does not end a consumer for good', (name) => {
  // kafkajs throws these where no broker answers, and gives a consumer up for what is not retriable: see the patch.
  const errors = createRequire(import.meta.url)('kafkajs/src/errors');
  expect(new errors[name]('no broker answered')).toMatchObject({ name, retriable: true });
});
