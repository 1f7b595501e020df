import { type EmbeddedReader, readEmbedded } from '@tidemark/embedded';
import { explainCustomer, readCustomer } from '@tidemark/query';
import { parseCustomerId, unknownCustomer } from '../terminal/customer-argument.ts';
import type { Environment } from '../terminal/environment.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import { Failure } from '../terminal/failure.ts';
import type { ExplainOptions } from './command.ts';
import { explanationJson } from './explanation-json.ts';
import { formatExplanation } from './format-explanation.ts';

export async function explain(
  id: string,
  { data, json }: ExplainOptions,
  { stdout, clock }: Environment,
): Promise<number> {
  const customerId = parseCustomerId(id);
  const explanation = await readEmbedded(data, async ({ log, store }: EmbeddedReader) => {
    const reading = { log, store, clock };
    const found = await explainCustomer(reading, customerId);
    if (found === null && (await readCustomer(reading, customerId)) !== null) throw withoutTier(id, data);
    return found;
  });
  if (explanation === null) throw unknownCustomer(id, data);
  for (const line of json ? [explanationJson(explanation)] : formatExplanation(explanation)) await stdout.line(line);
  return EXIT.ok;
}

function withoutTier(id: string, data: string): Failure {
  return new Failure(
    `expected a customer with a tier, found that ${id} in ${data} has none yet: no score has anything to say of him. ` +
      'See what is known with `npx tidemark profile`.',
  );
}
