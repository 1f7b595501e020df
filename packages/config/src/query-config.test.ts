import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigError, type Environment, loadConfig } from './load-config.ts';
import { querySettings } from './query-config.ts';

const tokens = { reader: 'r'.repeat(16), another: `${'s'.repeat(15)}!`, operator: 'o'.repeat(40) };

describe('querySettings', () => {
  test('without any variable bind loopback, and name no token', () => {
    expect(loadConfig(querySettings, {})).toEqual({
      host: '127.0.0.1',
      port: 8_080,
      tokens: { reader: [], producer: [], operator: [] },
      rateLimitPerSecond: 1_000,
      streamsMax: 100,
    });
  });

  test('take several tokens of a role, and white space around them', () => {
    const env = {
      TIDEMARK_READER_TOKENS: ` ${tokens.reader}, ${tokens.another} `,
      TIDEMARK_OPERATOR_TOKENS: tokens.operator,
    };
    expect(loadConfig(querySettings, env).tokens).toEqual({
      reader: [tokens.reader, tokens.another],
      producer: [],
      operator: [tokens.operator],
    });
  });

  test('take tokens from a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidemark-config-'));
    try {
      const path = join(folder, 'tokens');
      writeFileSync(path, `${tokens.reader},${tokens.another}\n`);
      const config = loadConfig(querySettings, { TIDEMARK_READER_TOKENS_FILE: path });
      expect(config.tokens.reader).toEqual([tokens.reader, tokens.another]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test.each([
    ['one that is short', `${tokens.reader},hunter2-hunter2`],
    ['an empty one', `${tokens.reader},`],
    ['one with a space, which no header could carry', `${'a'.repeat(10)} ${'b'.repeat(10)}`],
    ['one with a letter outside ASCII', `${'a'.repeat(16)}é`],
  ])('refuse %s, and never show it', (_, text) => {
    const problems = problemsOf({ TIDEMARK_READER_TOKENS: text });
    expect(problems).toEqual([
      {
        variable: 'TIDEMARK_READER_TOKENS',
        expected: 'secrets of at least 16 visible ASCII characters each, separated by commas',
        found: 'a value that is not shown',
      },
    ]);
  });

  test.each([
    ['TIDEMARK_QUERY_PORT', '65536'],
    ['TIDEMARK_QUERY_HOST', 'http://here'],
    ['TIDEMARK_RATE_LIMIT_PER_SECOND', '0'],
    ['TIDEMARK_STREAMS_MAX', '-1'],
  ])('refuse %s of %s', (variable, text) => {
    expect(problemsOf({ [variable]: text }).map((problem) => problem.variable)).toEqual([variable]);
  });
});

function problemsOf(env: Environment) {
  try {
    loadConfig(querySettings, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
