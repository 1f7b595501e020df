/** One version of a record type's schema. */
export interface SchemaVersion {
  /** From 1, without gaps. */
  readonly version: number;
  /** First 16 hex digits of the SHA-256 of the schema's Parsing Canonical Form. */
  readonly fingerprint: string;
  /** The Avro schema, docs included, as a registry takes it. */
  readonly schema: object;
}
