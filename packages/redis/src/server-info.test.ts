import { describe, expect, test } from 'vitest';
import { judgeServer } from './server-info.ts';

const GOOD = {
  redis_version: '7.0.15',
  cluster_enabled: '0',
  role: 'master',
  loading: '0',
  maxmemory: '4294967296',
  maxmemory_policy: 'noeviction',
  aof_enabled: '1',
  aof_last_write_status: 'ok',
  evicted_keys: '0',
};

describe('judgeServer', () => {
  test('finds nothing to say of a server as it should be', () => {
    expect(judgeServer(info({}), 'single')).toEqual({ problem: null, warnings: [] });
    expect(judgeServer(info({ cluster_enabled: '1', redis_version: '8.2.1' }), 'cluster').problem).toBeNull();
  });

  test.each([
    [{ redis_version: '6.2.14' }, '6.2.14'],
    [{ cluster_enabled: '1' }, 'a node of a cluster'],
    [{ role: 'slave' }, 'a replica'],
    [{ loading: '1' }, 'one that is still loading it'],
    [{ maxmemory_policy: 'allkeys-lru' }, 'allkeys-lru'],
    [{ maxmemory_policy: 'volatile-ttl' }, 'volatile-ttl'],
  ])('refuses %o', (fields, found) => {
    expect(judgeServer(info(fields), 'single').problem?.found).toBe(found);
  });

  test('lets any policy be where no memory is too much', () => {
    expect(judgeServer(info({ maxmemory: '0', maxmemory_policy: 'allkeys-lru' }), 'single').problem).toBeNull();
  });

  test('warns of a server that keeps no append-only file, or cannot write it', () => {
    expect(judgeServer(info({ aof_enabled: '0' }), 'single').warnings).toEqual([
      expect.stringMatching(/appendonly yes/),
    ]);
    expect(judgeServer(info({ aof_last_write_status: 'err' }), 'single').warnings).toHaveLength(1);
  });

  test('warns of a server that has evicted keys since it started', () => {
    const { problem, warnings } = judgeServer(info({ evicted_keys: '17' }), 'single');
    expect({ problem, warnings }).toEqual({ problem: null, warnings: [expect.stringMatching(/state-missing/)] });
  });

  test('judges no field that a server keeps to itself', () => {
    expect(judgeServer('', 'single')).toEqual({ problem: null, warnings: [] });
  });
});

function info(fields: Partial<typeof GOOD>): string {
  const lines = Object.entries({ ...GOOD, ...fields }).map(([name, value]) => `${name}:${value}`);
  return ['# Server', ...lines, ''].join('\r\n');
}
