import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EVENT_TOPICS } from '../catalogue.ts';
import { jsonSchemaOf } from '../event-json-schema.ts';
import { firstChangeSchemas, viewProblems } from './change-schemas.ts';
import { checkSchemas } from './check-schemas.ts';
import { inOrder, JSON_SCHEMA_FILE, readSchemas, type SchemaFile } from './read-schemas.ts';
import { render } from './render.ts';
import { renderAsyncapi } from './render-asyncapi.ts';

const GENERATED = 'packages/contracts/src/generated';

interface WantedFiles {
  /** Sentences; where there are any, the files mean nothing. */
  readonly problems: readonly string[];
  /** Contents by path from the repository's root. */
  readonly files: ReadonlyMap<string, string>;
  /** How many there are. */
  readonly schemas: number;
}

/** All that is generated, but for the names of the scores. */
export function wantedFiles(root: string): WantedFiles {
  const held = readSchemas(join(root, 'schemas'));
  const first = firstChangeSchemas(held);
  const schemas = inOrder([...held, ...first]);
  const problems = [...checkSchemas(schemas), ...viewProblems(schemas)];
  if (problems.length > 0) return { problems, files: new Map(), schemas: schemas.length };
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const files = new Map([
    ...first.map(({ path, schema }) => [`schemas/${path}`, `${JSON.stringify(schema, null, 2)}\n`] as const),
    ...eventSchemas(schemas),
    ...[...render(schemas)].map(([name, content]) => [`${GENERATED}/${name}`, content] as const),
    ['docs/asyncapi.yaml', renderAsyncapi(schemas, version)],
  ]);
  return { problems, files, schemas: schemas.length };
}

/** For whoever sends JSON, and has tools for its schemas. */
function eventSchemas(schemas: readonly SchemaFile[]): (readonly [path: string, content: string])[] {
  return Object.values(EVENT_TOPICS).map(({ recordType }) => {
    const newest = schemas.findLast((file) => file.recordType === recordType);
    const schema = { $schema: 'https://json-schema.org/draft/2020-12/schema', ...jsonSchemaOf(newest?.schema) };
    return [`schemas/${recordType}/${JSON_SCHEMA_FILE}`, `${JSON.stringify(schema, null, 2)}\n`];
  });
}
