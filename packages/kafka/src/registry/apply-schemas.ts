import { COMPATIBILITY, SchemaType } from '@kafkajs/confluent-schema-registry';
import { ContractError, RAW_RECORD_TYPES, type RawRecordType, schemas } from '@tidemark/contracts';
import { connectRegistry, type RegistryConnection, statusOf, subjectOf } from './registry-connection.ts';

/** What became of one version of a raw record type's schema. */
export type SchemaOutcome = {
  readonly recordType: RawRecordType;
  readonly version: number;
  readonly subject: string;
} & ({ readonly id: number } | { readonly refused: string });

/**
 * Registers every version of every raw record type, oldest first, with BACKWARD compatibility: a new schema reads what the
 * one before it wrote. What is registered keeps its id. Of a subject that refuses a version no later one is tried.
 * Throws `registry-unavailable`.
 */
export async function applySchemas(connection: RegistryConnection): Promise<readonly SchemaOutcome[]> {
  const registry = connectRegistry(connection);
  const outcomes: SchemaOutcome[] = [];
  for (const recordType of RAW_RECORD_TYPES) {
    for (const { version, schema } of schemas[recordType]) {
      const subject = subjectOf(schema);
      const register = registry.register(
        { type: SchemaType.AVRO, schema: JSON.stringify(schema) },
        { subject, compatibility: COMPATIBILITY.BACKWARD },
      );
      const outcome = await register.catch((error: unknown) => ({ refused: reasonOf(error, connection.url) }));
      outcomes.push({ recordType, version, subject, ...outcome });
      if ('refused' in outcome) break;
    }
  }
  return outcomes;
}

/** What a registry answers to a schema that it does not take: incompatible, or invalid. */
const REFUSALS = [409, 422];

function reasonOf(error: unknown, url: string): string {
  const status = statusOf(error);
  const message = error instanceof Error ? error.message : String(error);
  if (status === null || REFUSALS.includes(status)) return message;
  throw registryUnavailable(error, url);
}

export function registryUnavailable(error: unknown, url: string): ContractError {
  const status = statusOf(error);
  const found = error instanceof Error ? error.message : String(error);
  const advice =
    status === 401 || status === 403
      ? 'Check its user and password, or token'
      : 'If it lasts, check TIDEMARK_REGISTRY_URL';
  return new ContractError(
    'registry-unavailable',
    `expected the schema registry at ${url} to answer, found: ${found}. ${advice}`,
    {},
    error,
  );
}
