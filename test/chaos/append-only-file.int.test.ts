import { setTimeout as sleep } from 'node:timers/promises';
import { describeWithServers } from '@tidemark/testkit/servers';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { AppendOnlyFile } from './append-only-file.ts';

describeWithServers(
  'an append-only file',
  ['redis'],
  (stack) => {
    test('that is cut brings Redis back to what it held so long ago', async () => {
      const redis = new Redis(stack().redis.url, { retryStrategy: () => 50 });
      redis.on('error', () => {});
      const [, folder = ''] = (await redis.config('GET', 'dir')) as string[];
      const file = new AppendOnlyFile(folder);
      try {
        await redis.set('old', 'kept');
        await sleep(1_500);
        await redis.eval("redis.call('SET', 'new', '1') redis.call('SET', 'newer', '2')", 0);
        await stack().redis.kill();
        expect(file.cut(750)).toBeGreaterThan(0);
        await stack().redis.restart();
        expect(await redis.mget('old', 'new', 'newer')).toEqual(['kept', null, null]);
      } finally {
        file.close();
        redis.disconnect();
      }
    });
  },
  { ways: ['native'], redisArguments: ['--appendonly', 'yes', '--appendfsync', 'everysec'] },
);
