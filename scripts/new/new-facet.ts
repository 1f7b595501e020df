import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { facetFiles, REGISTRY_FILE, withFacet } from './facet-files.ts';

/** Writes a facet's folder and its line, under the repository's root. Gives the paths that were written. */
export function writeFacet(root: string, name: string): readonly string[] {
  const registry = readFileSync(join(root, REGISTRY_FILE), 'utf8');
  const files = new Map([...facetFiles(name), [REGISTRY_FILE, withFacet(registry, name)]]);
  for (const [path, text] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return [...files.keys()];
}

/** What whoever asked for it does next. */
export function facetSteps(name: string): string {
  return `${name} is a facet: it folds, is tested, and everything that follows from the registry is written.
Next:
  1. say in packages/domain/src/facets/${name} what it folds; its batch says the same plainly
  2. whenever its view has changed: delete schemas/${name}-change/v1.avsc, and run \`npm run check\`, which writes it anew.
     Once a record was written with it, it stands
  3. npm test -- packages/domain/src/facets      # what every facet promises, and its own tests
  4. npm run simulate -- --seeds 100             # the same under faults`;
}
