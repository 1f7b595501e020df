import { explainCustomer, readCustomer } from '@tidemark/reading';
import { readPipeline } from '../location/opened-pipeline.ts';
import { parseCustomerId, unknownCustomer } from '../terminal/customer-argument.ts';
import type { Environment } from '../terminal/environment.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import { Failure } from '../terminal/failure.ts';
import type { ExplainOptions } from './command.ts';
import { explanationJson } from './explanation-json.ts';
import { formatExplanation } from './format-explanation.ts';

export async function explain(id: string, options: ExplainOptions, environment: Environment): Promise<number> {
  const { stdout, clock } = environment;
  const customerId = parseCustomerId(id);
  const explanation = await readPipeline(options, environment, async ({ log, store, location }) => {
    const reading = { log, store, clock };
    const found = await explainCustomer(reading, customerId);
    if (found !== null) return found;
    throw (await readCustomer(reading, customerId)) === null
      ? unknownCustomer(id, location)
      : withoutTier(id, location);
  });
  for (const line of options.json ? [explanationJson(explanation)] : formatExplanation(explanation))
    await stdout.line(line);
  return EXIT.ok;
}

function withoutTier(id: string, location: string): Failure {
  return new Failure(
    `expected a customer with a tier, found that ${id} in ${location} has none yet: no score has anything to say of them. ` +
      'See what is known with `npx tidemark profile`.',
  );
}
