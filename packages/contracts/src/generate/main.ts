/**
 * Writes `src/generated/` and `docs/asyncapi.yaml` from `schemas/` and the catalogue, and the schema of a new score's changes
 * from its view; with `--check`, writes nothing and
 * exits 1 if it would change something. Run: `node packages/contracts/src/generate/main.ts [--check]`.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { firstChangeSchemas, viewProblems } from './change-schemas.ts';
import { checkSchemas } from './check-schemas.ts';
import { inOrder, readSchemas } from './read-schemas.ts';
import { render } from './render.ts';
import { renderAsyncapi } from './render-asyncapi.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const GENERATED = 'packages/contracts/src/generated';

const held = readSchemas(join(ROOT, 'schemas'));
const first = firstChangeSchemas(held);
const files = inOrder([...held, ...first]);
const problems = [...checkSchemas(files), ...viewProblems(files)];
if (problems.length > 0) fail(problems);

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
const wanted = new Map([
  ...first.map(({ path, schema }) => [`schemas/${path}`, `${JSON.stringify(schema, null, 2)}\n`] as const),
  ...[...render(files)].map(([name, content]) => [`${GENERATED}/${name}`, content] as const),
  ['docs/asyncapi.yaml', renderAsyncapi(files, version)],
]);
const drifted = [...wanted].filter(([path, content]) => readOrNothing(join(ROOT, path)) !== content);
if (process.argv.includes('--check')) {
  if (drifted.length > 0) fail(drifted.map(([path]) => `${path} does not match what it is generated from`));
} else {
  for (const [path, content] of drifted) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), content);
  }
  for (const [path] of drifted) console.log(`${path} written`);
  console.log(`${files.length} schemas, ${drifted.length} files written`);
}

function fail(lines: readonly string[]): never {
  for (const line of lines) console.error(line);
  console.error('Edit schemas/, a facet or the catalogue, then run: node packages/contracts/src/generate/main.ts');
  process.exit(1);
}

function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
