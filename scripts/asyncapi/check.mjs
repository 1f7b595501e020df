// Checks an AsyncAPI document with the official parser and its Avro plugin: `node check.mjs <document>`.
// Prints every error and warning with its place, and ends with 1 if there is one; mere advice is left out.

import { readFileSync } from 'node:fs';
import { AvroSchemaParser } from '@asyncapi/avro-schema-parser';
import { DiagnosticSeverity, Parser } from '@asyncapi/parser';

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('usage: node check.mjs <document>');

const problems = [];
let avroSchemas = 0;

// In version 3 the parser has the plugin convert schemas, and never asks it whether they are valid.
const avro = AvroSchemaParser();
const parser = new Parser();
parser.registerSchemaParser({
  ...avro,
  async parse(input) {
    avroSchemas++;
    const found = await avro.validate(input);
    problems.push(...found.map(({ message }) => `${path}: Avro: ${message} (${placeOf(input)})`));
    return avro.parse(input);
  },
});

const { diagnostics } = await parser.parse(readFileSync(path, 'utf8'), { source: path });
for (const diagnostic of diagnostics) {
  const { severity, code, message, range } = diagnostic;
  if (severity > DiagnosticSeverity.Warning) continue;
  problems.push(`${path}:${range.start.line + 1}: ${code}: ${message} (${placeOf(diagnostic)})`);
}
// A format that no plugin knows is passed over without a word.
if (problems.length === 0 && avroSchemas === 0) problems.push(`${path}: expected schemas in Avro, found none`);

for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

function placeOf({ path: place }) {
  return Array.isArray(place) ? place.join('.') : place;
}
