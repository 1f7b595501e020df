import { facetNames } from '@tidemark/domain';
import { facetEntries, startScore } from '@tidemark/pipeline';
import { runFoldService } from '@tidemark/runtime';

/** timeline ─> the facet that the argument names ─> its changes, if it publishes any */
async function run([found]: readonly string[]): Promise<void> {
  const name = facetNames.find((facet) => facet === found);
  if (name === undefined) {
    const expected = `expected one of ${facetNames.join(', ')} as the argument`;
    process.stderr.write(`score: ${expected}, found ${found ?? 'none'}\n`);
    process.exit(1);
  }
  await runFoldService(name, (ports, options, observer) => startScore(facetEntries[name], ports, options, observer));
}

if (import.meta.main) await run(process.argv.slice(2));
