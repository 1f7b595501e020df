// Checks which code may import which: `node scripts/import-rules.ts`. The rules are the table below.
// Only imports that exist at run time count: `import type` is erased, and is free.

import { globSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { init, parse } from 'es-module-lexer';

type Rule = {
  /** The most specific folder that holds a file gives the file its rule. */
  readonly folder: string;
  /** Patterns of the imports allowed here, besides relative ones. `outside` is any package that is not Tidemark's. */
  readonly allow: readonly string[];
  readonly because: string;
};

const entryPoints = ['@tidemark/service-*', '@tidemark/cli'];
const forTests = ['@tidemark/testkit', '@tidemark/test'];
const adapterImports = ['@tidemark/domain', '@tidemark/contracts', '@tidemark/stream', 'outside', 'node:*'];

const rules: readonly Rule[] = [
  {
    folder: 'packages/domain',
    allow: [],
    because: 'the domain is pure, and runs anywhere',
  },
  {
    folder: 'packages/stream',
    allow: ['@tidemark/domain', 'denque'],
    because: 'the stream core reaches the world only through its ports',
  },
  {
    folder: 'packages/contracts',
    allow: ['@tidemark/domain', 'avsc', 'node:buffer'],
    because: 'contracts are shared by all and must depend on next to nothing',
  },
  {
    folder: 'packages/contracts/src/generate',
    allow: ['@tidemark/domain', '@tidemark/contracts', 'avsc', 'yaml', 'node:*'],
    because: 'the generator reads schemas and writes code and one document',
  },
  ...['packages/embedded', 'packages/kafka', 'packages/redis'].map((folder) => ({
    folder,
    allow: adapterImports,
    because: 'an adapter knows the ports and its own client library',
  })),
  {
    folder: 'packages',
    allow: ['outside', 'node:*', '@tidemark/*', ...entryPoints.map(not), ...forTests.map(not)],
    because: 'a package is below the services, and does without test code',
  },
  {
    folder: 'packages/plain-fold',
    // Not @tidemark/stream: of that it may know the types alone.
    allow: ['@tidemark/domain', '@tidemark/pipeline', '@tidemark/policy'],
    because: 'the plain fold checks the lane loop, and so must not run any of it',
  },
  {
    folder: 'packages/testkit',
    allow: ['outside', 'node:*', '@tidemark/*', ...entryPoints.map(not)],
    because: 'the test kit is below the services',
  },
  {
    folder: 'packages/cli',
    allow: ['outside', 'node:*', '@tidemark/*', ...forTests.map(not)],
    because: 'the command composes the services, and does without test code',
  },
  {
    folder: 'services',
    allow: ['outside', 'node:*', '@tidemark/*', ...entryPoints.map(not), ...forTests.map(not)],
    because: 'services meet only through topics, and do without test code',
  },
];

/** A test may use these besides what its folder allows. */
const allowedInTests = ['outside', 'node:*', '@tidemark/testkit', '@tidemark/domain', '@tidemark/contracts'];

await init;

/** One sentence for each import of `source` that its place (`file`, from the repository's root) does not allow. */
export function findViolations(file: string, source: string): string[] {
  const rule = ruleFor(file);
  if (!rule) return [];
  const home = file.split('/').slice(0, 2).join('/');
  const allowed = isTestCode(file) ? [...rule.allow, ...allowedInTests] : rule.allow;
  return importsAtRunTime(source)
    .filter((name) => (name.startsWith('.') ? leaves(home, file, name) : !isAllowed(name, allowed)))
    .map((name) => `${file} imports ${name}: ${rule.because}.`);
}

/** Tests, and what only they use: `*.testing.ts` and folders named `testing`. */
function isTestCode(file: string): boolean {
  return /\.test(ing)?\.ts$|\/testing\//.test(file);
}

function ruleFor(file: string): Rule | undefined {
  const holding = rules.filter((rule) => file.startsWith(`${rule.folder}/`));
  return holding.sort((a, b) => b.folder.length - a.folder.length)[0];
}

function importsAtRunTime(source: string): string[] {
  const [imports] = parse(stripTypeScriptTypes(source));
  // -2 marks `import.meta`. An import() of a computed name has no `n`.
  return imports.filter((found) => found.d !== -2).map((found) => found.n ?? 'a computed name');
}

/** A relative import that climbs out of its package goes around the table. */
function leaves(home: string, file: string, name: string): boolean {
  return !normalize(join(dirname(file), name)).startsWith(`${home}/`);
}

function isAllowed(name: string, patterns: readonly string[]): boolean {
  if (patterns.some((pattern) => pattern.startsWith('!') && matches(name, pattern.slice(1)))) {
    return patterns.includes(packageOf(name));
  }
  return patterns.some((pattern) => matches(name, pattern));
}

function matches(name: string, pattern: string): boolean {
  if (pattern === 'outside') return !name.startsWith('@tidemark/') && !name.startsWith('node:');
  if (pattern.endsWith('*')) return name.startsWith(pattern.slice(0, -1));
  return packageOf(name) === pattern;
}

/** `avsc` of `avsc/types`, `@tidemark/domain` of `@tidemark/domain`. */
function packageOf(name: string): string {
  return name.split('/', name.startsWith('@') ? 2 : 1).join('/');
}

function not(pattern: string): string {
  return `!${pattern}`;
}

if (import.meta.main) {
  const files = globSync(['packages/*/src/**/*.ts', 'services/*/src/**/*.ts']).sort();
  const violations = files.flatMap((file) => findViolations(file, readFileSync(file, 'utf8')));
  for (const violation of violations) console.log(violation);
  console.log(`${files.length} files, ${violations.length} forbidden imports`);
  process.exitCode = violations.length > 0 ? 1 : 0;
}
