import { KafkaLog, RegistrySchemaIds } from '@tidemark/kafka';
import { policyDocument } from '@tidemark/policy';
import { readServiceSettings } from '@tidemark/service';
import type { Environment } from '../terminal/environment.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import { Failure } from '../terminal/failure.ts';
import { readPolicy } from '../terminal/read-policy.ts';
import { diagnosticsOf } from '../topics/diagnostics-of.ts';
import { goLive } from '../up/go-live.ts';

/** Puts every lane in Kafka on the wall clock under the policy: a file's, or the one in force, or the default. */
export async function applyPolicy(file: string | undefined, environment: Environment): Promise<number> {
  const { variables, stdout, stderr, clock } = environment;
  const { kafka, registry, namespace, lanes } = readServiceSettings(variables, { registry: true });
  if (registry === null) throw new Error('expected the registry to be among the settings');
  const given = file === undefined ? null : policyDocument(await readPolicy(file, environment));
  const schemaIds = await RegistrySchemaIds.open(registry);
  if (schemaIds.idOf('policy') === undefined || schemaIds.idOf('live-switch') === undefined) {
    throw new Failure(
      `expected the schemas at ${registry.url}, found that some are missing: run \`tidemark schemas apply\``,
    );
  }
  const log = new KafkaLog({ ...kafka, namespace, lanes, diagnostics: diagnosticsOf(stderr), now: () => clock.now() });
  try {
    const { policyNumber, switched } = await goLive({ log, schemaIds }, clock, given);
    if (switched) await stdout.line('The replay is over for good: from here on time is the wall clock.');
    await stdout.line(`Policy ${policyNumber} is in the log, in each of ${lanes} lanes.`);
  } finally {
    await log.close();
  }
  return EXIT.ok;
}
