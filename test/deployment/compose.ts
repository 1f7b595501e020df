import { globSync } from 'node:fs';
import { facetNames } from '@tidemark/domain';
import { ROOT, readText, readYaml } from './repository.ts';

/** The part of Compose's format that docker-compose.yml uses. */
export interface Container {
  readonly image: string;
  readonly build?: string;
  readonly user?: string;
  readonly init?: boolean;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly command?: readonly string[];
  /** It is started only where one of them is asked for. */
  readonly profiles?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly secrets?: readonly string[];
  readonly restart?: string;
  readonly stop_grace_period?: string;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

interface ComposeFile {
  readonly services: Readonly<Record<string, Container>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

export const compose = readYaml<ComposeFile>('docker-compose.yml');
export const containers = Object.entries(compose.services);

/** Containers of Tidemark's own image, by name. */
export const ownContainers = containers.filter(([, { build }]) => build !== undefined);

/** Those that run a service; the others run a command, once. */
export const processes = ownContainers.filter(([, { command }]) => command?.[0]?.startsWith('services/'));

/** The services that are programs: one a folder, and of `score` one a facet. */
export const programs = globSync('services/*/src/main.ts', { cwd: ROOT })
  .map((path) => ({ path, source: readText(path), name: path.split('/')[1] ?? '' }))
  .filter(({ source }) => source.includes('import.meta.main'))
  .flatMap(({ path, source, name }) =>
    name === 'score'
      ? facetNames.map((facet) => ({ name: facet, source, command: [path, facet] }))
      : [{ name, source, command: [path] }],
  );
