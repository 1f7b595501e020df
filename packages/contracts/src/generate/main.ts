/**
 * Writes `src/generated/` from `schemas/`; with `--check`, writes nothing and exits 1 if it would change something.
 * Run: `node packages/contracts/src/generate/main.ts [--check]`.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkSchemas } from './check-schemas.ts';
import { readSchemas } from './read-schemas.ts';
import { render } from './render.ts';

const SCHEMAS = join(import.meta.dirname, '../../../../schemas');
const GENERATED = join(import.meta.dirname, '../generated');

const files = readSchemas(SCHEMAS);
const problems = checkSchemas(files);
if (problems.length > 0) fail(problems);

const wanted = render(files);
const drifted = [...wanted].filter(([name, content]) => readOrNothing(join(GENERATED, name)) !== content);
if (process.argv.includes('--check')) {
  if (drifted.length > 0) {
    fail(drifted.map(([name]) => `packages/contracts/src/generated/${name} does not match schemas/`));
  }
} else {
  mkdirSync(GENERATED, { recursive: true });
  for (const [name, content] of drifted) writeFileSync(join(GENERATED, name), content);
  console.log(`${files.length} schemas, ${drifted.length} files written`);
}

function fail(lines: readonly string[]): never {
  for (const line of lines) console.error(line);
  console.error('Edit schemas/, then run: node packages/contracts/src/generate/main.ts');
  process.exit(1);
}

function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
