import { join } from 'node:path';
import { scoreNames } from '@tidemark/domain';
import { expect, test } from 'vitest';
import { fingerprintOf, typeOf } from '../avro-types.ts';
import { changeRecordTypeOf } from '../catalogue.ts';
import { changeSchemaOf, firstChangeSchemas, viewProblems } from './change-schemas.ts';
import { checkSchemas } from './check-schemas.ts';
import { type AvroRecord, readSchemas, type SchemaFile } from './read-schemas.ts';

const files = readSchemas(join(import.meta.dirname, '../../../../schemas'));

test.each(scoreNames)('what is derived of %s is what its changes are written with', (name) => {
  const newest = files.findLast(({ recordType }) => recordType === changeRecordTypeOf(name));
  expect(formOf(changeSchemaOf(name, files))).toBe(formOf(newest?.schema));
});

test('a score without a schema gets one that keeps the rules, and one that has one keeps it', () => {
  const others = files.filter(({ recordType }) => recordType !== 'churn-change');
  const [first, ...more] = firstChangeSchemas(others);
  expect(more).toEqual([]);
  expect(first).toMatchObject({ path: 'churn-change/v1.avsc', version: 1 });
  expect(checkSchemas([first as SchemaFile])).toEqual([]);
  expect(firstChangeSchemas(files)).toEqual([]);
});

test('a view that changed is named, with what to do', () => {
  const changed = files.map((file) => (file.recordType === 'churn-change' ? withoutPace(file) : file));
  expect(viewProblems(changed)).toEqual([
    expect.stringMatching(/^schemas\/churn-change\/v2\.avsc: expected .* view of churn, .* add v3\.avsc; .* delete/),
  ]);
  expect(viewProblems(files)).toEqual([]);
});

function withoutPace(file: SchemaFile): SchemaFile {
  const schema = JSON.stringify(file.schema).replace(/,\{"name":"pace"[^}]*\}/, '');
  return { ...file, schema: JSON.parse(schema) as AvroRecord };
}

function formOf(schema: unknown): string {
  return fingerprintOf(typeOf(schema));
}
