// Mends what a program can mend: generated files, format, and lint where a rule knows the remedy. `npm run fix`.

import { join } from 'node:path';
import { generators, runLoudly } from './check.ts';

process.chdir(join(import.meta.dirname, '..'));
const commands = [...generators.map(({ command }) => command), ['node_modules/.bin/biome', 'check', '--write']];
for (const command of commands) process.exitCode = (await runLoudly(command)) || process.exitCode || 0;
