import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scoreNames as ofRegistry } from '@tidemark/domain';
import { afterEach, describe, expect, test } from 'vitest';
import { scoreNames } from '../generated/score-names.ts';
import { checkSchemas } from './check-schemas.ts';
import { type AvroField, readSchemas, type SchemaFile } from './read-schemas.ts';
import { render } from './render.ts';
import { renderScoreNames } from './render-score-names.ts';

const files = readSchemas(join(import.meta.dirname, '../../../../schemas'));

test('the generated files are those of the schemas', () => {
  for (const [name, content] of render(files)) {
    expect(readFileSync(join(import.meta.dirname, '../generated', name), 'utf8')).toBe(content);
  }
});

test('the schemas keep the rules', () => {
  expect(checkSchemas(files)).toEqual([]);
});

describe('a schema that breaks a rule is named with what is wrong', () => {
  const number: AvroField = { name: 'number', type: 'long', doc: 'A number.' };
  const nested: AvroField = {
    name: 'items',
    doc: 'Items.',
    type: {
      type: 'array',
      items: { type: 'record', name: 'Item', doc: 'An item.', fields: [{ name: 'sku', type: 'string' }] },
    },
  };

  test.each<[string, SchemaFile[], RegExp]>([
    ['a field without doc', [sample(1, [{ name: 'number', type: 'long' }])], /v1\.avsc: Sample\.number has no doc/],
    ['a nested field without doc', [sample(1, [nested])], /Item\.sku has no doc/],
    ['a gap in the versions', [sample(2, [number])], /expected v1, found v2/],
    ['another name', [{ ...sample(1, [number]), recordType: 'other-sample' }], /expected the name OtherSample/],
    [
      'a new field without default',
      [sample(1, [number]), sample(2, [number, { name: 'note', type: 'string', doc: 'A note.' }])],
      /v2\.avsc cannot read records of schemas\/sample\/v1\.avsc/,
    ],
  ])('%s', (_name, broken, problem) => {
    expect(checkSchemas(broken)).toEqual([expect.stringMatching(problem)]);
  });

  test('one name for two different types', () => {
    const one = sample(1, [nested]);
    const item = { type: 'record', name: 'Item', doc: 'Another.', fields: [number] } as const;
    const two = { ...one, recordType: 'second', schema: { ...one.schema, fields: [{ ...nested, type: item }] } };
    expect(() => render([one, two])).toThrow(/Item is defined differently/);
  });

  function sample(version: number, fields: readonly AvroField[]): SchemaFile {
    const schema = { type: 'record', name: 'Sample', namespace: 'tidemark', doc: 'A sample.', fields } as const;
    return { path: `sample/v${version}.avsc`, recordType: 'sample', version, schema };
  }
});

describe('reading', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-schemas-'));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('versions come in numerical order, and a file with another name is refused', () => {
    mkdirSync(join(folder, 'sample'));
    for (const version of [10, 9, 1]) writeFileSync(join(folder, `sample/v${version}.avsc`), '{}');
    expect(readSchemas(folder).map((file) => file.version)).toEqual([1, 9, 10]);
    writeFileSync(join(folder, 'sample/v01.avsc'), '{}');
    expect(() => readSchemas(folder)).toThrow(/v01\.avsc: expected a name such as v1\.avsc/);
  });
});

test('the scores that contracts know are those of the registry, in its order', () => {
  const text = readFileSync(join(import.meta.dirname, '../generated/score-names.ts'), 'utf8');
  expect(text).toBe(renderScoreNames());
  expect(scoreNames).toEqual(ofRegistry);
});
