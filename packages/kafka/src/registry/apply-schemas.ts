import { setTimeout as sleep } from 'node:timers/promises';
import { COMPATIBILITY, type SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
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
 * one before it wrote. These subjects are ours alone: producers with schemas of their own have subjects of their own. What is registered keeps its id. Of a subject that refuses a version no later one is tried.
 * Throws `registry-unavailable`.
 */
export async function applySchemas(connection: RegistryConnection): Promise<readonly SchemaOutcome[]> {
  const registry = connectRegistry(connection);
  const outcomes: SchemaOutcome[] = [];
  for (const recordType of RAW_RECORD_TYPES) {
    for (const { version, schema } of schemas[recordType]) {
      const subject = subjectOf(schema);
      const outcome = await register(registry, connection, subject, schema, BACKWARD);
      outcomes.push({ recordType, version, subject, ...outcome });
      if ('refused' in outcome) break;
    }
  }
  return outcomes;
}

/**
 * Registers our newest schema of a record type under a subject of a producer's own, whose later versions must be readable
 * with every one before, ours among them (FORWARD_TRANSITIVE): producers write there, Tidemark reads. Repeat it at will.
 * Throws `registry-unavailable`.
 */
export async function seedProducerSubject(
  connection: RegistryConnection,
  subject: string,
  recordType: RawRecordType,
): Promise<SchemaOutcome> {
  const versions = schemas[recordType];
  const { version, schema } = versions[versions.length - 1] as (typeof versions)[number];
  const outcome = await register(connectRegistry(connection), connection, subject, schema, FORWARD_TRANSITIVE);
  return { recordType, version, subject, ...outcome };
}

const { BACKWARD, FORWARD_TRANSITIVE } = COMPATIBILITY;

/**
 * Whoever registers the same subject at the same moment is in the way of it: of a subject, and then of its compatibility, a
 * registry makes one. What it refuses as a conflict, also an incompatible schema, is tried again so long after, in ms.
 */
const TRIED_AGAIN_MS = [50, 100, 200, 400];

async function register(
  registry: SchemaRegistry,
  { url }: RegistryConnection,
  subject: string,
  schema: object,
  compatibility: COMPATIBILITY,
): Promise<{ readonly id: number } | { readonly refused: string }> {
  const avro = { type: SchemaType.AVRO, schema: JSON.stringify(schema) } as const;
  for (let tries = 0; ; tries++) {
    try {
      const { id } = await registry.register(avro, { subject, compatibility });
      return { id };
    } catch (error) {
      const refused = reasonOf(error, url);
      const pauseMs = isConflict(error) ? TRIED_AGAIN_MS[tries] : undefined;
      if (pauseMs === undefined) return { refused };
      await sleep(pauseMs);
    }
  }
}

/** The client has no status for a compatibility that is not (yet) the one asked for. */
function isConflict(error: unknown): boolean {
  return statusOf(error) === 409 || (error instanceof Error && error.name.endsWith('CompatibilityError'));
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
