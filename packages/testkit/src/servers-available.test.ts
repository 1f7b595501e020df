import { describe, expect, test } from 'vitest';
import { requireServer } from './servers-available.ts';

const PATH = process.env['PATH'];

describe('requireServer', () => {
  test('finds a program on the PATH', () => {
    expect(requireServer('node', { PATH, CI: 'true' })).toBe(true);
  });

  test('lets tests be skipped where a program is missing, but not in CI', () => {
    expect(requireServer('no-such-server', { PATH })).toBe(false);
    expect(() => requireServer('no-such-server', { PATH, CI: 'true' })).toThrow(/expected no-such-server on the PATH/);
  });

  test('skips where servers are not wanted, in CI too', () => {
    expect(requireServer('node', { PATH, TIDEMARK_STACK: 'none' })).toBe(false);
    expect(requireServer('no-such-server', { PATH, CI: 'true', TIDEMARK_STACK: 'none' })).toBe(false);
  });
});
