import { scoreNames } from '@tidemark/domain';
import { fingerprintOf, typeOf } from '../avro-types.ts';
import { changeRecordTypeOf } from '../catalogue.ts';
import { byRecordType, isUnion, pascalCase } from './check-schemas.ts';
import type { AvroEnum, AvroRecord, AvroType, SchemaFile } from './read-schemas.ts';

const HEADER = '// Generated from schemas/ by packages/contracts/src/generate/main.ts. Do not edit.\n';

/** The generated files' names and contents. */
export function render(files: readonly SchemaFile[]): Map<string, string> {
  const versions = byRecordType(files);
  return new Map([
    ['records.ts', renderRecords(versions)],
    ['schemas.ts', renderSchemas(versions)],
  ]);
}

/** A type alias for the newest version of each record, so that a record is assignable to an index signature too. */
function renderRecords(versions: ReadonlyMap<string, readonly SchemaFile[]>): string {
  const types = new Map<string, string>();
  const entries: string[] = [];
  for (const [recordType, files] of versions) {
    const newest = files.at(-1);
    if (newest === undefined) continue;
    const isChange = CHANGES.has(recordType);
    const name = isChange ? 'ChangeRecord' : `${pascalCase(recordType)}Record`;
    declareRecord(isChange ? ofAnyView(newest.schema) : newest.schema, name, types);
    entries.push(`  readonly '${recordType}': ${name};`);
  }
  const catalogue = `/** Every record type and the shape of its newest version. */\nexport type Records = {\n${entries.join('\n')}\n};\n\nexport type RecordType = keyof Records;\n`;
  return [`${HEADER}import type { TimeMs, View } from '@tidemark/domain';\n`, ...types.values(), catalogue].join('\n');
}

const CHANGES: ReadonlySet<string> = new Set(scoreNames.map(changeRecordTypeOf));

/** The scores' changes differ in their views alone, so one type serves all. */
function ofAnyView(schema: AvroRecord): AvroRecord {
  const fields = schema.fields.map((field) =>
    field.name === 'from' || field.name === 'to' ? { ...field, type: ['null', 'View'] } : field,
  );
  const doc =
    "A score's view of a customer changed. Topic: the score's own, such as rfm-changes. Key: the customer's id.";
  return { ...schema, doc, fields };
}

function declareRecord(record: AvroRecord, name: string, types: Map<string, string>): void {
  const fields = record.fields.map(
    (field) => `  ${docComment(field.doc)}\n  readonly ${field.name}: ${typeScriptOf(field.type, types)};`,
  );
  declare(name, `${docComment(record.doc)}\nexport type ${name} = {\n${fields.join('\n')}\n};\n`, types);
}

function declareEnum(type: AvroEnum, types: Map<string, string>): void {
  const symbols = type.symbols.map((symbol) => `'${symbol}'`).join(' | ');
  declare(type.name, `${docComment(type.doc)}\nexport type ${type.name} = ${symbols};\n`, types);
}

/** The same name may stand in several schemas, as `ChangeCause` does, if it means the same in all. */
function declare(name: string, declaration: string, types: Map<string, string>): void {
  const known = types.get(name);
  if (known !== undefined && known !== declaration) {
    throw new Error(`${name} is defined differently in two schemas: make both the same, or rename one`);
  }
  types.set(name, declaration);
}

function typeScriptOf(type: AvroType, types: Map<string, string>): string {
  if (typeof type === 'string') return PRIMITIVES[type] ?? type;
  if (isUnion(type)) return unionOf(type, types);
  switch (type.type) {
    case 'record':
      declareRecord(type, type.name, types);
      return type.name;
    case 'enum':
      declareEnum(type, types);
      return type.name;
    case 'array': {
      const items = typeScriptOf(type.items, types);
      return `readonly ${items.includes(' ') ? `(${items})` : items}[]`;
    }
    case 'map':
      return `Readonly<Record<string, ${typeScriptOf(type.values, types)}>>`;
    case 'long':
      if (type.logicalType === 'timestamp-millis') return 'TimeMs';
      throw new Error(`logical type ${type.logicalType} is not supported`);
  }
}

const PRIMITIVES: Readonly<Record<string, string>> = {
  null: 'null',
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  double: 'number',
  string: 'string',
  bytes: 'Uint8Array',
};

/** `null` goes last, as TypeScript writers put it. */
function unionOf(branches: readonly AvroType[], types: Map<string, string>): string {
  const names = branches.map((branch) => typeScriptOf(branch, types));
  return [...names.filter((name) => name !== 'null'), ...names.filter((name) => name === 'null')].join(' | ');
}

function docComment(doc = ''): string {
  return `/** ${doc.replaceAll('*/', '*\\/')} */`;
}

function renderSchemas(versions: ReadonlyMap<string, readonly SchemaFile[]>): string {
  const entries = [...versions].map(([recordType, files]) => {
    const rows = files.map(
      (file) =>
        `    {\n      version: ${file.version},\n      fingerprint: '${fingerprintOf(typeOf(file.schema))}',\n      schema: ${JSON.stringify(file.schema)},\n    },`,
    );
    return `  '${recordType}': [\n${rows.join('\n')}\n  ],`;
  });
  const imports =
    "import type { SchemaVersion } from '../schema-version.ts';\nimport type { RecordType } from './records.ts';\n";
  return `${HEADER}${imports}\n/** Every version of every record type, oldest first. */\nexport const schemas = {\n${entries.join('\n')}\n} as const satisfies Readonly<Record<RecordType, readonly [SchemaVersion, ...SchemaVersion[]]>>;\n`;
}
