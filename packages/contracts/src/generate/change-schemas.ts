import { type AnyFacet, facets, type ScoreName, scoreNames, type ViewField } from '@tidemark/domain';
import { fingerprintOf, typeOf } from '../avro-types.ts';
import { changeRecordTypeOf, changeTopicOf } from '../catalogue.ts';
import { byRecordType, pascalCase } from './check-schemas.ts';
import type { AvroField, AvroRecord, SchemaFile } from './read-schemas.ts';

/** The first schemas of scores that have none, from their views. Once written they stand in `schemas/`, as all do. */
export function firstChangeSchemas(held: readonly SchemaFile[]): readonly SchemaFile[] {
  const recordTypes = new Set(held.map(({ recordType }) => recordType));
  return scoreNames
    .filter((name) => !recordTypes.has(changeRecordTypeOf(name)))
    .map((name) => {
      const recordType = changeRecordTypeOf(name);
      return { path: `${recordType}/v1.avsc`, recordType, version: 1, schema: changeSchemaOf(name, held) };
    });
}

/** A sentence for each score whose newest schema is not that of its view. */
export function viewProblems(files: readonly SchemaFile[]): readonly string[] {
  const versions = byRecordType(files);
  return scoreNames.flatMap((name) => {
    const newest = versions.get(changeRecordTypeOf(name))?.at(-1);
    if (newest === undefined || formOf(newest.schema) === formOf(changeSchemaOf(name, files))) return [];
    return [
      `schemas/${newest.path}: expected the schema of the view of ${name}, found another. Where a pipeline has records ` +
        `of it, add v${newest.version + 1}.avsc; where none has, delete the file`,
    ];
  });
}

function formOf(schema: AvroRecord): string {
  return fingerprintOf(typeOf(schema));
}

/** The schema of a score's changes: that of the first score's, but for names and the view. */
export function changeSchemaOf(name: ScoreName, files: readonly SchemaFile[]): AvroRecord {
  const like = byRecordType(files).get(changeRecordTypeOf('rfm'))?.at(-1);
  if (like === undefined) throw new Error('expected schemas/rfm-change/v1.avsc, found none');
  const { subject, view } = facets[name];
  const viewName = `${pascalCase(name)}View`;
  const attributes = Object.entries(view).map(([attribute, field]) => fieldOf(attribute, field, facets[name]));
  const doc = 'The discrete face of the score.';
  const types: Readonly<Record<string, AvroField['type']>> = {
    from: ['null', { type: 'record', name: viewName, doc, fields: attributes }],
    to: ['null', viewName],
  };
  return {
    ...like.schema,
    name: pascalCase(changeRecordTypeOf(name)),
    doc: `The ${subject} view of a customer changed. Topic: ${changeTopicOf(name)}. Key: the customer's id.`,
    fields: like.schema.fields.map((field) => ({ ...field, type: types[field.name] ?? field.type })),
  };
}

function fieldOf(name: string, field: ViewField, { title }: AnyFacet): AvroField {
  const label = field.label ?? `${title} ${name}`;
  const said = label.charAt(0).toUpperCase() + label.slice(1);
  return field.kind === 'whole'
    ? { name, type: 'int', doc: field.doc ?? `${said}: a whole number.` }
    : { name, type: 'string', doc: field.doc ?? `${said}: ${field.values.join(', ')}.` };
}
