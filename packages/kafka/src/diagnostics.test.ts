import { type LogEntry, logLevel } from 'kafkajs';
import { expect, test } from 'vitest';
import { logCreatorOf } from './diagnostics.ts';

function told(entry: Pick<LogEntry, 'level' | 'namespace'> & { message: string; [field: string]: unknown }) {
  const lines: unknown[] = [];
  const keep = (level: string) => (fields: object, message: string) => void lines.push([level, message, fields]);
  const diagnostics = { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
  const { level, namespace, ...log } = entry;
  logCreatorOf(diagnostics)(logLevel.INFO)({ level, namespace, label: '', log: { ...log, timestamp: '' } });
  return lines;
}

test('a failure of kafkajs is a warning, with what helps and without its stack', () => {
  const entry = { message: 'Crash', broker: 'a:9092', groupId: 'shop.rfm', stack: 'at x', payload: 'a customer' };
  expect(told({ level: logLevel.ERROR, namespace: 'Consumer', ...entry })).toEqual([
    ['warn', 'Crash', { from: 'kafkajs Consumer', broker: 'a:9092', groupId: 'shop.rfm' }],
  ]);
});

test('an answer that is an error is only told of: whoever asked decides', () => {
  const [line] = told({ level: logLevel.ERROR, namespace: 'Connection', message: 'Response Fetch' });
  expect(line).toEqual(['info', 'Response Fetch', { from: 'kafkajs Connection' }]);
});

test('a warning about what is so by intent is left out', () => {
  const message = 'Limiting retries for the idempotent producer may invalidate EoS guarantees';
  expect(told({ level: logLevel.WARN, namespace: 'Producer', message })).toEqual([]);
});
