/**
 * Writes `docs/wiring-segment.md` from the tables of the mapping; with `--check`, writes nothing and exits 1 if it would change it.
 * Run: `node packages/segment/src/generate-docs.ts [--check]`.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeMapping } from './describe-mapping.ts';

const PAGE = 'docs/wiring-segment.md';
const file = join(import.meta.dirname, '../../..', PAGE);
const wanted = describeMapping();

if (!process.argv.includes('--check')) {
  writeFileSync(file, wanted);
} else if (!existsSync(file) || readFileSync(file, 'utf8') !== wanted) {
  console.error(`${PAGE} does not match the tables of the mapping. Run: node packages/segment/src/generate-docs.ts`);
  process.exitCode = 1;
}
