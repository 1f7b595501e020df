import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ConfigError, type ConfigSchema, type Environment, loadConfig } from './load-config.ts';
import { laneSettings, pipelineSettings, remoteLaneSettings, unifySettings } from './pipeline-config.ts';
import { choice, secret, text } from './settings.ts';

const settings = { pipeline: pipelineSettings, lane: laneSettings, unify: unifySettings };
const redis = {
  url: text('TIDEMARK_REDIS_URL', { pattern: /^rediss?:\/\//, expected: 'a URL such as redis://localhost:6379' }),
  password: secret('TIDEMARK_REDIS_PASSWORD'),
  mode: choice('TIDEMARK_REDIS_MODE', ['single', 'cluster'], 'single'),
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('loadConfig', () => {
  test('needs no variable in embedded mode', () => {
    expect(loadConfig(settings, { PATH: '/bin' })).toEqual({
      pipeline: { namespace: 'tidemark', lanes: 12 },
      lane: {
        stepsMax: 2_000,
        customersMax: 2_000,
        chunkBytesMax: 1_048_576,
        outboxMax: 10_000,
        cacheCustomersMax: 50,
        queueRecordsMax: 4_000,
      },
      unify: { batchRecordsMax: 2_000, recordBytesMax: 262_144, tickMs: 1_000 },
    });
  });

  test('keeps more states in memory where the store is across the network', () => {
    const { cacheCustomersMax, ...rest } = loadConfig(remoteLaneSettings, {});
    expect(cacheCustomersMax).toBe(20_000);
    expect(rest).toEqual((({ cacheCustomersMax: _, ...others }) => others)(loadConfig(laneSettings, {})));
  });

  test('takes what is set, as the type it says', () => {
    const config = loadConfig(settings, { TIDEMARK_LANES: '3', TIDEMARK_NAMESPACE: 'shop-eu' });
    const lanes: number = config.pipeline.lanes;
    expect({ lanes, namespace: config.pipeline.namespace }).toEqual({ lanes: 3, namespace: 'shop-eu' });
  });

  test('takes an empty variable as not set', () => {
    expect(loadConfig(settings, { TIDEMARK_LANES: '' }).pipeline.lanes).toBe(12);
  });

  test('lists all problems at once, each with what was expected and found', () => {
    const env = {
      TIDEMARK_LANES: '0',
      TIDEMARK_NAMESPACE: 'Shop',
      TIDEMARK_CHUNK_STEPS_MAX: '1e3',
      TIDEMARK_CHUNK_CUSTOMERS_MAX: '2001',
    };
    expect(problemsOf(settings, env)).toEqual([
      {
        variable: 'TIDEMARK_NAMESPACE',
        expected: 'at most 48 lower-case letters, digits and inner hyphens',
        found: '"Shop"',
      },
      { variable: 'TIDEMARK_LANES', expected: 'a whole number from 1 to 1024', found: '"0"' },
      { variable: 'TIDEMARK_CHUNK_STEPS_MAX', expected: 'a whole number from 1 to 100000', found: '"1e3"' },
      { variable: 'TIDEMARK_CHUNK_CUSTOMERS_MAX', expected: 'a whole number from 1 to 2000', found: '"2001"' },
    ]);
    expect(() => loadConfig(settings, env)).toThrow(
      'TIDEMARK_LANES: expected a whole number from 1 to 1024, found "0"',
    );
  });

  test('finds a misspelt variable, and leaves those of other parts of the process alone', () => {
    const env = { TIDEMARK_LANE: '3', TIDEMARK_NAMESPACE: 'shop', LANES: '4' };
    expect(problemsOf(laneSettings, env, [pipelineSettings]).map(({ variable }) => variable)).toEqual([
      'TIDEMARK_LANE',
    ]);
  });

  test('asks for what has no default', () => {
    expect(problemsOf(redis, {})).toEqual([
      { variable: 'TIDEMARK_REDIS_URL', expected: 'a URL such as redis://localhost:6379', found: 'nothing' },
    ]);
  });

  test('takes one of the words of a choice only', () => {
    const env = { TIDEMARK_REDIS_URL: 'redis://r', TIDEMARK_REDIS_MODE: 'sentinel' };
    expect(problemsOf(redis, env)).toEqual([
      { variable: 'TIDEMARK_REDIS_MODE', expected: 'one of single, cluster', found: '"sentinel"' },
    ]);
  });

  test('reads a secret from its variable, or from the file that is named, without the line end', () => {
    const path = join(folder, 'password');
    writeFileSync(path, 'hush hush\n');
    const env = { TIDEMARK_REDIS_URL: 'redis://r' };
    expect(loadConfig(redis, env).password).toBeNull();
    expect(loadConfig(redis, { ...env, TIDEMARK_REDIS_PASSWORD: 'psst' }).password).toBe('psst');
    expect(loadConfig(redis, { ...env, TIDEMARK_REDIS_PASSWORD_FILE: path }).password).toBe('hush hush');
  });

  test('never shows a secret, and says so when its file is missing or both are set', () => {
    const env = { TIDEMARK_REDIS_URL: 'redis://r', TIDEMARK_REDIS_PASSWORD_FILE: join(folder, 'none') };
    expect(problemsOf(redis, env)[0]?.variable).toBe('TIDEMARK_REDIS_PASSWORD_FILE');
    const both = problemsOf(redis, { ...env, TIDEMARK_REDIS_PASSWORD: 'psst' });
    expect(both.map(({ found }) => found)).toEqual(['both']);
    expect(JSON.stringify(both)).not.toContain('psst');
    const long = {
      variable: 'TIDEMARK_KEY',
      schema: z
        .string()
        .optional()
        .refine(() => false, 'a key'),
      isSecret: true,
    };
    expect(JSON.stringify(problemsOf({ long }, { TIDEMARK_KEY: 'psst' }))).not.toContain('psst');
  });
});

function problemsOf(schema: ConfigSchema, env: Environment, known: readonly ConfigSchema[] = []) {
  try {
    loadConfig(schema, env, known);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
