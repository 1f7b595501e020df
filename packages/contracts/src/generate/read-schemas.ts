import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** An Avro schema as it stands in a file: the subset that this project uses. */
export type AvroType =
  | string
  | readonly AvroType[]
  | AvroRecord
  | AvroEnum
  | { readonly type: 'array'; readonly items: AvroType }
  | { readonly type: 'map'; readonly values: AvroType }
  | { readonly type: 'long'; readonly logicalType: string };

export interface AvroRecord {
  readonly type: 'record';
  readonly name: string;
  readonly namespace?: string;
  readonly doc?: string;
  readonly fields: readonly AvroField[];
}

export interface AvroEnum {
  readonly type: 'enum';
  readonly name: string;
  readonly doc?: string;
  readonly symbols: readonly string[];
}

export interface AvroField {
  readonly name: string;
  readonly type: AvroType;
  readonly doc?: string;
  readonly default?: unknown;
  /** What it was called in versions before. */
  readonly aliases?: readonly string[];
}

export interface SchemaFile {
  /** Relative to `schemas/`. */
  readonly path: string;
  readonly recordType: string;
  readonly version: number;
  readonly schema: AvroRecord;
}

/** Of a customer's events, beside the Avro schemas: what is generated from the newest of them. */
export const JSON_SCHEMA_FILE = 'event.schema.json';

/** Reads every `<folder>/<record-type>/v<version>.avsc`, sorted by record type and version. */
export function readSchemas(folder: string): SchemaFile[] {
  const files: SchemaFile[] = [];
  for (const recordType of readdirSync(folder)) {
    for (const name of readdirSync(join(folder, recordType))) {
      if (name === JSON_SCHEMA_FILE) continue;
      const version = /^v([1-9][0-9]*)\.avsc$/.exec(name)?.[1];
      const path = `${recordType}/${name}`;
      if (version === undefined) throw new Error(`schemas/${path}: expected a name such as v1.avsc`);
      const schema = JSON.parse(readFileSync(join(folder, path), 'utf8')) as AvroRecord;
      files.push({ path, recordType, version: Number(version), schema });
    }
  }
  return inOrder(files);
}

/** By record type, then by version. */
export function inOrder(files: readonly SchemaFile[]): SchemaFile[] {
  return files.toSorted((a, b) =>
    a.recordType === b.recordType ? a.version - b.version : a.recordType < b.recordType ? -1 : 1,
  );
}
