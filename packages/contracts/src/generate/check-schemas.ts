import type { Type } from 'avsc';
import { typeOf } from '../avro-types.ts';
import type { AvroField, AvroRecord, AvroType, SchemaFile } from './read-schemas.ts';

/**
 * What is wrong with a set of schemas, one line each; empty when all is well. Every field is documented, versions are
 * 1, 2, 3, ..., names agree with paths, and the newest version can read every older one.
 */
export function checkSchemas(files: readonly SchemaFile[]): string[] {
  const problems: string[] = [];
  for (const file of files) {
    const say = (problem: string) => problems.push(`schemas/${file.path}: ${problem}`);
    const expectedName = pascalCase(file.recordType);
    if (file.schema.name !== expectedName) say(`expected the name ${expectedName}, found ${file.schema.name}`);
    if (file.schema.namespace !== 'tidemark') say('expected the namespace tidemark');
    for (const path of undocumented(file.schema)) say(`${path} has no doc (unit, range, meaning)`);
  }
  for (const [recordType, versions] of byRecordType(files)) {
    versions.forEach((file, index) => {
      const expected = index + 1;
      if (file.version !== expected)
        problems.push(`schemas/${recordType}: expected v${expected}, found v${file.version}`);
    });
    problems.push(...incompatibilities(versions));
  }
  return problems;
}

export function byRecordType(files: readonly SchemaFile[]): Map<string, SchemaFile[]> {
  const groups = new Map<string, SchemaFile[]>();
  for (const file of files) groups.set(file.recordType, [...(groups.get(file.recordType) ?? []), file]);
  return groups;
}

/** `order-event` becomes `OrderEvent`. */
export function pascalCase(recordType: string): string {
  return recordType
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

function undocumented(record: AvroRecord): string[] {
  const missing = record.doc ? [] : [record.name];
  for (const field of record.fields) {
    if (!field.doc) missing.push(`${record.name}.${field.name}`);
    for (const nested of recordsIn(field)) missing.push(...undocumented(nested));
  }
  return missing;
}

function recordsIn(field: AvroField): AvroRecord[] {
  const found: AvroRecord[] = [];
  const visit = (type: AvroType): void => {
    if (typeof type === 'string') return;
    if (isUnion(type)) for (const branch of type) visit(branch);
    else if (type.type === 'record') found.push(type);
    else if (type.type === 'array') visit(type.items);
    else if (type.type === 'map') visit(type.values);
  };
  visit(field.type);
  return found;
}

/** `Array.isArray` does not narrow a readonly array. */
export function isUnion(type: AvroType): type is readonly AvroType[] {
  return Array.isArray(type);
}

function incompatibilities(versions: readonly SchemaFile[]): string[] {
  const newest = versions.at(-1);
  if (newest === undefined) return [];
  const reader: Type = typeOf(newest.schema);
  return versions.slice(0, -1).flatMap((older) => {
    try {
      reader.createResolver(typeOf(older.schema));
      return [];
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return [`schemas/${newest.path} cannot read records of schemas/${older.path}: ${why}; give new fields a default`];
    }
  });
}
