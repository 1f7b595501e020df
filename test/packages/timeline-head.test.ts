import { execFileSync, spawnSync } from 'node:child_process';
import { readTimelineHeaders, timelineHeaders } from '@tidemark/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { timelineHeadersArbitrary } from '../../packages/contracts/src/testing/timeline-headers-arbitrary.ts';
import { ROOT } from '../deployment/repository.ts';

const PROGRAM = 'examples/python/timeline_head.py';
const RECORDS = 500;
const hasPython = spawnSync('python3', ['--version']).status === 0;

describe.skipIf(!hasPython)('headers of the timeline in Python, by the AsyncAPI document', () => {
  const sample = fc.sample(timelineHeadersArbitrary, RECORDS);

  test('what it writes in one header is read here as it was meant, and byte for byte what this build writes', () => {
    const heads = inPython(sample.map((parts) => ({ said: timelineHeaders(parts, undefined, 1) })));
    expect(heads.map((head) => ({ head }))).toEqual(sample.map((parts) => timelineHeaders(parts)));
    for (const [i, head] of heads.entries()) {
      const { schema: _, ...read } = readTimelineHeaders({ head: String(head) });
      expect(read).toEqual(sample[i]);
    }
  });

  test('it reads both formats alike', () => {
    const seven = sample.map((parts) => timelineHeaders(parts, undefined, 1));
    expect(inPython(sample.map((parts) => ({ headers: timelineHeaders(parts) })))).toEqual(seven);
    expect(inPython(seven.map((headers) => ({ headers })))).toEqual(seven);
  });

  test('it stops at a format or a flag of a newer build', () => {
    for (const head of ['3 tick live 5 - - - - -', '2 tick live 5 - - - later -']) {
      expect(() => inPython([{ headers: { head } }])).toThrow('a newer build wrote it: upgrade this program');
    }
  });
});

function inPython(lines: readonly object[]): readonly unknown[] {
  const input = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  const options = { cwd: ROOT, input, encoding: 'utf8', stdio: 'pipe' } as const;
  return execFileSync('python3', [PROGRAM], options)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}
