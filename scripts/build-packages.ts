// Builds what others install: packages/producer and packages/consumer as JavaScript for Node 20 with types, each in its
// folder `dist`, which is a package of its own to pack and to publish. `npm run build`. The types of what they export
// stand in docs/api, too: with `--check` only these are compared, and nothing is written.

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { type InputOptions, rolldown } from 'rolldown';
import { dts } from 'rolldown-plugin-dts';
import { parse } from 'yaml';

export const PUBLISHED = ['producer', 'consumer'] as const;
type Published = (typeof PUBLISHED)[number];

const root = join(import.meta.dirname, '..');
const TYPES_PROJECT = join(root, 'scripts/tsconfig.published.json');
const NODE = '>=20';

/** Builds each package into its `dist`, or into a folder of its name under `target`; the folders. */
export async function buildPackages(target?: string): Promise<readonly string[]> {
  const declared = await declarePackages();
  return Promise.all(
    PUBLISHED.map(async (name) => {
      const dist = target === undefined ? join(root, 'packages', name, 'dist') : join(target, name);
      rmSync(dist, { recursive: true, force: true });
      mkdirSync(dist, { recursive: true });
      const { code, imports } = await bundle({ input: entryOf(name), transform: { target: 'node20' } });
      writeFileSync(join(dist, 'index.js'), code);
      writeFileSync(join(dist, 'index.d.ts'), declared[name]);
      writeFileSync(join(dist, 'package.json'), `${JSON.stringify(manifestOf(name, imports), null, 2)}\n`);
      copyFileSync(join(root, 'packages', name, 'README.md'), join(dist, 'README.md'));
      copyFileSync(join(root, 'LICENSE'), join(dist, 'LICENSE'));
      return dist;
    }),
  );
}

/** The types that each package exports, in one text a package. Throws where the code needs more than Node 20 has. */
async function declarePackages(): Promise<Readonly<Record<Published, string>>> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-types-'));
  try {
    const args = ['--project', TYPES_PROJECT, '--outDir', folder];
    const { status, stdout } = spawnSync(join(root, 'node_modules/.bin/tsc'), args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`expected code that runs on Node 20, found:\n${stdout}`);
    const emit = (_code: string, file: string) => {
      return { code: readFileSync(join(folder, relative(root, file).replace(/\.ts$/, '.d.ts')), 'utf8') };
    };
    const declare = async (name: Published) => {
      const plugins = [dts({ generator: { emit }, dtsOnly: true, tsconfig: TYPES_PROJECT })];
      const { code } = await bundle({ input: entryOf(name), plugins });
      return [name, code] as const;
    };
    return Object.fromEntries(await Promise.all(PUBLISHED.map(declare))) as Record<Published, string>;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** One module of everything that is Tidemark's own, and what it imports besides. */
async function bundle(options: InputOptions): Promise<{ readonly code: string; readonly imports: readonly string[] }> {
  const bundled = await rolldown({ ...options, platform: 'node', external: /^(?!@tidemark\/)[^./]/ });
  const { output } = await bundled.generate({ format: 'es' });
  await bundled.close();
  const [{ code, imports }, ...others] = output;
  if (others.length > 0) throw new Error(`expected one module, found ${output.map(({ fileName }) => fileName)}`);
  return { code, imports };
}

function manifestOf(name: Published, imports: readonly string[]) {
  const source = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'));
  const { catalog } = parse(readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8'));
  const outside = imports.filter((imported) => !imported.startsWith('node:'));
  return {
    name: source.name,
    version: source.version,
    description: source.description,
    license: source.license,
    type: 'module',
    engines: { node: NODE },
    exports: { '.': { types: './index.d.ts', default: './index.js' } },
    files: ['index.js', 'index.d.ts'],
    sideEffects: false,
    dependencies: Object.fromEntries(outside.map((imported) => [imported, `^${catalog[imported]}`])),
  };
}

function entryOf(name: Published): string {
  return join(root, 'packages', name, 'src/index.ts');
}

function reportOf(name: Published): string {
  return join(root, 'docs/api', `${name}.d.ts`);
}

/** Names of those whose report says something else than their code. */
async function changedReports(): Promise<readonly Published[]> {
  const declared = await declarePackages();
  return PUBLISHED.filter((name) => readFileSync(reportOf(name), 'utf8') !== declared[name]);
}

if (import.meta.main) {
  if (process.argv.includes('--check')) {
    const changed = await changedReports();
    for (const name of changed)
      console.log(`docs/api/${name}.d.ts: expected the types of today. Run \`npm run build\``);
    process.exitCode = changed.length > 0 ? 1 : 0;
  } else {
    const folders = await buildPackages();
    for (const [i, name] of PUBLISHED.entries()) copyFileSync(join(folders[i] ?? '', 'index.d.ts'), reportOf(name));
    for (const folder of folders) console.log(`built ${relative(root, folder)}`);
  }
}
