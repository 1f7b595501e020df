import { type SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import { RAW_RECORD_TYPES, type RawRecordType, type SchemaIds, schemas } from '@tidemark/contracts';
import { registryUnavailable } from './apply-schemas.ts';
import { connectRegistry, type RegistryConnection, statusOf, subjectOf } from './registry-connection.ts';

/** Registries number schemas with 31 bits; a greater number in a record's bytes is nobody's id. */
const ID_MAX = 2 ** 31 - 1;
/** Milliseconds: what takes longer is as good as away for whoever asks every few seconds. */
const PING_TIMEOUT_MS = 2_000;
/** A schema that is there and is not Avro, or no Avro that can be read: contracts makes a dead letter of it. */
const UNREADABLE = '"unreadable"';

interface VersionId {
  readonly version: number;
  readonly id: number;
}

/** The ids of a schema registry. What it has answered once is not asked again. */
export class RegistrySchemaIds implements SchemaIds {
  readonly #registry: SchemaRegistry;
  /** Does not wait for long. */
  readonly #pinged: SchemaRegistry;
  readonly #url: string;
  /** Of every version, the newest last. */
  #ids: ReadonlyMap<RawRecordType, readonly VersionId[]> = new Map();

  private constructor(connection: RegistryConnection) {
    this.#registry = connectRegistry(connection);
    this.#pinged = connectRegistry(connection, { timeoutMs: PING_TIMEOUT_MS, retries: false });
    this.#url = connection.url;
  }

  /** Asks for the ids of this build's schemas. Throws `registry-unavailable`. */
  static async open(connection: RegistryConnection): Promise<RegistrySchemaIds> {
    const ids = new RegistrySchemaIds(connection);
    await ids.refresh();
    return ids;
  }

  /** Asks again, for schemas that were not registered before. Throws `registry-unavailable`. */
  async refresh(): Promise<void> {
    const found = RAW_RECORD_TYPES.map(async (recordType) => {
      const versions = schemas[recordType].map(async ({ version, schema }): Promise<VersionId[]> => {
        const id = await this.#find(schema);
        return id === null ? [] : [{ version, id }];
      });
      return [recordType, (await Promise.all(versions)).flat()] as const;
    });
    this.#ids = new Map(await Promise.all(found));
  }

  /** Resolves if the registry answers now, whatever it says. For readiness. Throws `registry-unavailable`. */
  async ping(): Promise<void> {
    await this.#find(schemas.punctuation[0].schema, this.#pinged);
  }

  idOf(recordType: RawRecordType, version: number = newestOf(recordType)): number | undefined {
    return this.#ids.get(recordType)?.find((one) => one.version === version)?.id;
  }

  async schemaOf(id: number): Promise<string | null> {
    if (id > ID_MAX) return null;
    try {
      // Of an Avro schema this is a type of avsc, whatever the declaration says.
      const type = (await this.#registry.getSchema(id)) as { schema?(options: { exportAttrs: boolean }): unknown };
      return type.schema === undefined ? UNREADABLE : JSON.stringify(type.schema({ exportAttrs: true }));
    } catch (error) {
      const status = statusOf(error);
      if (status === 404) return null;
      if (status === null) return UNREADABLE;
      throw registryUnavailable(error, this.#url);
    }
  }

  async #find(schema: object, registry = this.#registry): Promise<number | null> {
    try {
      const avro = { type: SchemaType.AVRO, schema: JSON.stringify(schema) } as const;
      return await registry.getRegistryIdBySchema(subjectOf(schema), avro);
    } catch (error) {
      // The client makes an error of its own, without a status, of an answer 404.
      if (error instanceof Error && error.name === 'ConfluentSchemaRegistryError') return null;
      throw registryUnavailable(error, this.#url);
    }
  }
}

function newestOf(recordType: RawRecordType): number {
  return schemas[recordType].length;
}
