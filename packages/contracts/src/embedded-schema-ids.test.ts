import { expect, test } from 'vitest';
import { EMBEDDED_SCHEMAS, embeddedSchemaIds } from './embedded-schema-ids.ts';
import { schemas } from './generated/schemas.ts';
import { RAW_RECORD_TYPES } from './raw-wire.ts';

test('ids that stand in data folders keep their meaning', () => {
  const names = EMBEDDED_SCHEMAS.map(({ recordType, version }) => `${recordType} v${version}`);
  expect(names.slice(0, 7)).toEqual([
    'order-event v1',
    'interaction-event v1',
    'marketing-event v1',
    'identity-event v1',
    'policy v1',
    'punctuation v1',
    'live-switch v1',
  ]);
});

test('every version of every raw schema has one id', () => {
  const expected = RAW_RECORD_TYPES.flatMap((type) => schemas[type].map(({ version }) => `${type} v${version}`));
  const found = EMBEDDED_SCHEMAS.map(({ recordType, version }) => `${recordType} v${version}`);
  expect(found.toSorted()).toEqual(expected.toSorted());
});

test('a version has an id of its own, which stays as others are added', () => {
  expect([1, 2, 3].map((version) => embeddedSchemaIds.idOf('policy', version))).toEqual([5, 8, undefined]);
});

test('the id of no version in particular is that of the newest', () => {
  for (const recordType of RAW_RECORD_TYPES) {
    const schema = embeddedSchemaIds.schemaOf(embeddedSchemaIds.idOf(recordType) ?? 0);
    expect(schema).toBe(JSON.stringify(schemas[recordType].at(-1)?.schema));
  }
});

test.each([0, EMBEDDED_SCHEMAS.length + 1, -1, 1.5])('id %s names nothing', (id) => {
  expect(embeddedSchemaIds.schemaOf(id)).toBeNull();
});
