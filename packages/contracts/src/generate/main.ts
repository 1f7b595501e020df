/**
 * Writes `src/generated/` and `docs/asyncapi.yaml` from `schemas/`, the registry of facets and the catalogue, and the schema
 * of a new score's changes from its view; with `--check`, writes nothing and exits 1 if it would change something.
 * Run: `node packages/contracts/src/generate/main.ts [--check]`.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { renderScoreNames } from './render-score-names.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const isCheck = process.argv.includes('--check');

// The catalogue, from which all else is made, reads the names of the scores.
const named = bring(new Map([['packages/contracts/src/generated/score-names.ts', renderScoreNames()]]));
const { wantedFiles } = await import('./wanted-files.ts');
const { problems, files, schemas } = wantedFiles(ROOT);
if (problems.length > 0) fail(problems);
const written = [...named, ...bring(files)];
for (const path of written) console.log(`${path} written`);
console.log(`${schemas} schemas, ${written.length} files written`);

/** Writes the files that say something else, and gives their paths; with `--check` fails where there are any. */
function bring(wanted: ReadonlyMap<string, string>): readonly string[] {
  const drifted = [...wanted].filter(([path, content]) => readOrNothing(join(ROOT, path)) !== content);
  if (isCheck && drifted.length > 0) fail(drifted.map(([path]) => `${path} does not match what it is generated from`));
  for (const [path, content] of drifted) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), content);
  }
  return drifted.map(([path]) => path);
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
