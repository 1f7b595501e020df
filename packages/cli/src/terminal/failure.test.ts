import { QueryError } from '@tidemark/reading';
import { DatasetError } from '@tidemark/replay';
import { Fault, OperatingError } from '@tidemark/stream';
import { expect, test } from 'vitest';
import { asFailure, Failure } from './failure.ts';

test('what the outside did wrong is a failure with a sentence', () => {
  const held = new OperatingError('data-folder-held', 'expected a free folder', { retriable: false });
  for (const error of [held, new Fault('corrupt-state', 'broken.'), new DatasetError('data-set-missing', 'no file')]) {
    const failure = asFailure(error);
    expect(failure?.exitCode).toBe(1);
    expect(failure?.message).toMatch(/^[A-Z].*\.$/);
  }
});

test.each([
  [
    new OperatingError('data-folder-held', 'expected a free folder', { retriable: false }),
    'outages.md#data-folder-held',
  ],
  [new Fault('corrupt-state', 'broken.'), 'faults.md#corrupt-state'],
])('%s says where the runbook has it', (error, place) => {
  expect(asFailure(error)?.message).toMatch(new RegExp(`[^.]\\. More in docs/runbook/${place}\\.$`));
});

test('damaged state may be started over, a bad cursor may not', () => {
  expect(asFailure(new QueryError('state-damaged', 'broken.'))?.message).toMatch(
    /^Broken\. .*--fresh`, on servers in another namespace\.$/,
  );
  expect(asFailure(new QueryError('invalid-cursor', 'broken.'))?.message).toBe('Broken.');
});

test('a failure stays as it is, with its exit code', () => {
  const failure = new Failure('Expected a topic.', 2);
  expect(asFailure(failure)).toBe(failure);
});

test('anything else is a bug', () => {
  expect(asFailure(new TypeError('undefined is not a function'))).toBeNull();
  expect(asFailure('a string')).toBeNull();
});
