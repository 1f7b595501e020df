import { expect, test } from 'vitest';
import type { Summary } from './collect-summary.ts';
import { suggestCommands } from './suggest-commands.ts';

const summary = { lastChanges: [{ customerId: "o'brien; rm -rf" }] } as unknown as Summary;

test('suggested commands name the data folder only where it is not the default', () => {
  expect(suggestCommands(summary, '.tidemark').join('\n')).not.toContain('--data');
  expect(suggestCommands(summary, 'my data').filter((line) => line.includes("--data 'my data'"))).toHaveLength(4);
});

test('a customer id from outside is quoted for the shell', () => {
  expect(suggestCommands(summary, '.tidemark').join('\n')).toContain(`npx tidemark profile 'o'\\''brien; rm -rf'`);
});
