/**
 * Writes `docs/metrics.md` from the table of metrics; with `--check`, writes nothing and exits 1 if it would change it.
 * Run: `node packages/telemetry/src/generate-docs.ts [--check]`.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeMetrics } from './describe-metrics.ts';

const PAGE = 'docs/metrics.md';
const file = join(import.meta.dirname, '../../..', PAGE);
const wanted = describeMetrics();
const isCurrent = existsSync(file) && readFileSync(file, 'utf8') === wanted;

if (!process.argv.includes('--check')) {
  writeFileSync(file, wanted);
} else if (!isCurrent) {
  console.error(`${PAGE} does not match the table of metrics. Run: node packages/telemetry/src/generate-docs.ts`);
  process.exitCode = 1;
}
