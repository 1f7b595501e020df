import { expect, test } from 'vitest';
import type { Summary } from './collect-summary.ts';
import { suggestCommands } from './suggest-commands.ts';

const summary = { lastChanges: [{ customerId: "o'brien; rm -rf" }] } as unknown as Summary;

test('suggested commands name the data folder only where it is not the default', () => {
  expect(suggestCommands(summary, { data: '.tidemark' }).join('\n')).not.toContain('--data');
  const named = suggestCommands(summary, { data: 'my data', lanes: 3 });
  expect(named.filter((line) => line.includes('npx tidemark') && line.includes("--data 'my data'"))).toHaveLength(4);
  expect(named.join('\n')).not.toContain('TIDEMARK_LANES');
});

test('suggested commands name the servers, and the lanes that were asked for', () => {
  const servers = { data: '.tidemark', kafka: 'a:1,b:2', redis: 'redis://c:3', registry: 'http://d:4' };
  const addresses = "--kafka 'a:1,b:2' --redis redis://c:3 --registry http://d:4";
  const lines = suggestCommands(summary, { ...servers, lanes: 3 }).filter((line) => line.includes(addresses));
  expect(lines).toHaveLength(4);
  expect(lines.every((line) => line.includes('TIDEMARK_LANES=3 npx tidemark'))).toBe(true);
  expect(suggestCommands(summary, servers).join('\n')).not.toContain('TIDEMARK_LANES');
});

test('a customer id from outside is quoted for the shell', () => {
  expect(suggestCommands(summary, { data: '.tidemark' }).join('\n')).toContain(
    `npx tidemark profile 'o'\\''brien; rm -rf'`,
  );
});
