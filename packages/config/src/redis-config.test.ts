import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigError, type Environment, loadConfig } from './load-config.ts';
import { redisSettings } from './redis-config.ts';

describe('redisSettings', () => {
  test('without any variable name a Redis on this machine, without password and TLS', () => {
    expect(loadConfig(redisSettings, {})).toEqual({
      url: 'redis://127.0.0.1:6379',
      mode: 'single',
      username: 'default',
      password: null,
      tls: { ca: null, certificate: null, key: null },
      commandTimeoutMs: 10_000,
    });
  });

  test.each(['redis://redis', 'rediss://redis.example:6380/', 'redis://a:1,b-2:2,c', 'redis://[::1]:6379,10.0.0.1'])(
    'take %s',
    (url) => {
      expect(loadConfig(redisSettings, { TIDEMARK_REDIS_URL: url }).url).toBe(url);
    },
  );

  test.each(['redis.example:6379', 'http://redis', 'redis://', 'redis://a,', 'redis://a/3', 'redis://a:port'])(
    'refuse %s',
    (url) => {
      expect(problemsOf({ TIDEMARK_REDIS_URL: url })).toMatchObject([{ variable: 'TIDEMARK_REDIS_URL' }]);
    },
  );

  test('refuse a password in the URL, and do not show it', () => {
    const problems = problemsOf({ TIDEMARK_REDIS_URL: 'redis://user:psst@redis' });
    expect(problems).toHaveLength(1);
    expect(JSON.stringify(problems)).not.toContain('psst');
  });

  test('take password and certificates from files', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidemark-config-'));
    try {
      const [password, ca] = [join(folder, 'password'), join(folder, 'ca.pem')];
      writeFileSync(password, 'hush hush\n');
      writeFileSync(ca, '-----BEGIN CERTIFICATE-----\n');
      const env = { TIDEMARK_REDIS_PASSWORD_FILE: password, TIDEMARK_REDIS_TLS_CA_FILE: ca };
      const config = loadConfig(redisSettings, env);
      expect(config.password).toBe('hush hush');
      expect(config.tls.ca).toBe('-----BEGIN CERTIFICATE-----');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

function problemsOf(env: Environment) {
  try {
    loadConfig(redisSettings, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
