import { Fault, type OperatingError } from '@tidemark/stream';
import { describe, expect, test } from 'vitest';
import { asStoreError } from './redis-errors.ts';

const SERVER = 'redis.example:6379';

describe('asStoreError', () => {
  test.each([
    'OOM command not allowed when used memory > maxmemory',
    'LOADING Redis is loading the dataset in memory',
    "READONLY You can't write against a read only replica.",
    'CLUSTERDOWN The cluster is down',
    'MOVED 3999 127.0.0.1:6381',
    'MISCONF Redis is configured to save RDB snapshots',
    'BUSY Redis is busy running a script.',
    'NOPERM this user has no permissions',
    'WRONGPASS invalid username-password pair or user is disabled.',
  ])('waits out: %s', (message) => {
    expect(asStoreError(replyError(message), SERVER)).toMatchObject({ code: 'store-unavailable', retriable: true });
  });

  test.each([
    new Error('Connection is closed.'),
    new Error('Command timed out'),
    new Error("Stream isn't writeable and enableOfflineQueue options is false"),
    new Error("Cluster isn't ready and enableOfflineQueue options is false"),
    new Error('Too many Cluster redirections. Last error: Error: Connection is closed.'),
    Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:6379'), { code: 'ECONNREFUSED' }),
  ])('waits out a lost connection: %s', (error) => {
    expect(asStoreError(error, SERVER)).toMatchObject({ code: 'store-unavailable', retriable: true });
  });

  test('is a fault where something else wrote to our keys', () => {
    const wrongType = asStoreError(
      replyError('WRONGTYPE Operation against a key holding the wrong kind of value'),
      SERVER,
    );
    expect(wrongType).toBeInstanceOf(Fault);
    expect(wrongType).toMatchObject({ code: 'corrupt-state' });
  });

  test('does not retry what the server does not understand, and leaves our own bugs as they are', () => {
    const unknown = asStoreError(replyError("ERR unknown command 'EVALSHA'"), SERVER);
    expect(unknown).toMatchObject({ code: 'store-unavailable', retriable: false });
    const bug = new TypeError('a bug');
    expect(asStoreError(bug, SERVER)).toBe(bug);
  });

  test("carries no command, whose arguments are customers' data", () => {
    for (const message of ['OOM full', 'WRONGTYPE wrong', 'ERR other']) {
      const error = asStoreError(replyError(message), SERVER) as OperatingError;
      expect(error.cause).toBeUndefined();
      expect(JSON.stringify({ ...error, message: error.message, stack: error.stack })).not.toContain('customer-17');
    }
  });
});

/** As ioredis gives an error of the server. */
function replyError(message: string): Error {
  const error = Object.assign(new Error(message), { command: { name: 'evalsha', args: ['customer-17'] } });
  error.name = 'ReplyError';
  return error;
}
