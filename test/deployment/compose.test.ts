import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readServiceSettings } from '@tidemark/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Container, compose, containers, ownContainers, processes, programs } from './compose.ts';
import { ROOT, readText, readYaml } from './repository.ts';

const SECRETS_FOLDER = '/run/secrets';
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-compose-'));
  for (const name of Object.keys(compose.secrets)) writeFileSync(join(folder, name), `token-of-${name}-for-a-test\n`);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The environment as the container has it, its secrets in a folder of this test. */
function environmentOf({ environment = {}, secrets = [] }: Container): Record<string, string> {
  const entries = Object.entries(environment).map(([name, value]) => {
    const secret = value.startsWith(`${SECRETS_FOLDER}/`) ? value.slice(SECRETS_FOLDER.length + 1) : null;
    if (secret !== null && !secrets.includes(secret)) throw new Error(`${name}: the container has no secret ${secret}`);
    return [name, secret === null ? value : join(folder, secret)];
  });
  return Object.fromEntries(entries);
}

test('every service that is a program has a container of its name, and no other has one', () => {
  const commands = Object.fromEntries(processes.map(([name, { command }]) => [name, command]));
  expect(programs.length).toBeGreaterThan(5);
  expect(commands).toEqual(Object.fromEntries(programs.map(({ name, command }) => [name, command])));
});

test.each(programs)('$name starts on the environment of its container', ({ name, source }) => {
  const needsRegistry = source.includes("'schemaIds'");
  const container = compose.services[name];
  if (container === undefined) throw new Error(`expected a container ${name}, found none`);
  const settings = readServiceSettings(environmentOf(container), { registry: needsRegistry });
  expect(settings.kafka.connection.brokers).toEqual(['kafka:9092']);
  expect(settings.operations).toEqual({ host: '0.0.0.0', port: 9464 });
  expect(settings.registry?.url ?? null).toBe(needsRegistry ? 'http://registry:8080/apis/ccompat/v7' : null);
});

test('the query service has tokens, since it listens beyond loopback', () => {
  const { query } = compose.services;
  const settings = readServiceSettings(environmentOf(query as Container), { registry: true }).query;
  expect(settings.host).toBe('0.0.0.0');
  expect(Object.values(settings.tokens).map((tokens) => tokens.length)).toEqual([1, 1, 1]);
  expect(query?.ports).toEqual([`127.0.0.1:${settings.port}:${settings.port}`]);
});

test("what the containers say of the pipeline is known, and one container says the other's value", () => {
  const values = new Map<string, Set<string>>();
  for (const [, container] of ownContainers) {
    for (const [name, value] of Object.entries(environmentOf(container))) {
      values.set(name, (values.get(name) ?? new Set()).add(value));
    }
  }
  expect([...values].filter(([, { size }]) => size !== 1)).toEqual([]);
  const together = Object.fromEntries([...values].map(([name, [value]]) => [name, value]));
  expect(readServiceSettings(together, { registry: true })).toMatchObject({ namespace: 'tidemark', lanes: 12 });
});

test('topics and schemas are applied before what needs them, and a policy after them', () => {
  expect(compose.services['topics']?.command).toEqual(['packages/cli/src/main.ts', 'topics', 'apply']);
  expect(compose.services['schemas']?.command).toEqual(['packages/cli/src/main.ts', 'schemas', 'apply']);
  expect(compose.services['policy']?.command).toEqual(['packages/cli/src/main.ts', 'policy', 'apply', '--no-wait']);
  for (const [name, { environment, depends_on: needs }] of ownContainers) {
    if (name === 'topics' || name === 'schemas') continue;
    expect(needs?.['topics'], name).toEqual({ condition: 'service_completed_successfully' });
    expect(needs?.['schemas'] !== undefined, name).toBe(environment?.['TIDEMARK_REGISTRY_URL'] !== undefined);
    expect(needs?.['redis'] !== undefined, name).toBe(environment?.['TIDEMARK_REDIS_URL'] !== undefined);
  }
});

test.each(containers)('%s waits only for what there is and can be waited for', (_name, { depends_on: needs = {} }) => {
  for (const [needed, { condition }] of Object.entries(needs)) {
    const { healthcheck, restart } = compose.services[needed] ?? {};
    if (condition === 'service_healthy') expect(healthcheck, needed).toBeDefined();
    else expect({ condition, restart }).toEqual({ condition: 'service_completed_successfully', restart: undefined });
  }
});

test.each(containers)('%s is restarted, looked after and stopped in peace, unless it runs once', (name, container) => {
  const runsOnce = ['topics', 'schemas', 'policy'].includes(name);
  expect([container.restart, container.healthcheck === undefined, container.stop_grace_period === undefined]).toEqual(
    runsOnce ? [undefined, true, true] : ['unless-stopped', false, false],
  );
});

test.each(containers)(
  '%s runs without root, capabilities and new privileges, and as a rule read-only',
  (name, container) => {
    expect(container.user).toMatch(/^(?!root\b|0\b)\w+$/);
    expect(container).toMatchObject({ init: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    expect(container.read_only ?? false).toBe(name !== 'kafka');
  },
);

test.each(containers)('%s has an image of one exact version', (_name, { image }) => {
  expect(image).toMatch(/^[a-z/-]+:v?\d+\.\d+\.\d+(?:[-.][A-Za-z]+)?$/);
});

test('ports are published on loopback alone, each once', () => {
  const published = containers.flatMap(([, { ports = [] }]) => ports);
  for (const port of published) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  const ofTheMachine = published.map((port) => port.split(':')[1]);
  expect(new Set(ofTheMachine).size).toBe(published.length);
});

test.each(containers)('what %s mounts is there, and what is ours is read-only', (_name, { volumes = [] }) => {
  for (const volume of volumes) {
    const [source = '', , mode] = volume.split(':');
    if (!source.startsWith('.')) expect(compose.volumes).toHaveProperty([source]);
    else expect([existsSync(join(ROOT, source)), mode]).toEqual([true, 'ro']);
  }
});

test('secrets are files that neither git nor the image takes, and that a page says how to make', () => {
  expect(readText('infra/secrets/.gitignore').split('\n')).toContain('*');
  const ignored = readText('.dockerignore').split('\n');
  expect([ignored.includes('*'), ignored.some((line) => line.startsWith('!infra'))]).toEqual([true, false]);
  for (const [name, { file }] of Object.entries(compose.secrets)) {
    expect(file).toBe(`./infra/secrets/${name}`);
    expect(readText('infra/secrets/README.md')).toContain(`\`${name}\``);
  }
});

describe('versions and places that are named twice agree:', () => {
  test('Kafka and the registry are those that the tests run', () => {
    const pom = readText('infra/stack/pom.xml');
    expect(pom).toContain(`<kafka.version>${tagOf('kafka')}</kafka.version>`);
    expect(pom).toContain(`<apicurio.version>${tagOf('registry')}</apicurio.version>`);
  });

  test("Tidemark's image has the version of the repository, and the Node of the workspace", () => {
    const { version } = JSON.parse(readText('package.json')) as { readonly version: string };
    const { catalog } = readYaml<{ readonly catalog: Readonly<Record<string, string>> }>('pnpm-workspace.yaml');
    for (const [name] of ownContainers) expect(tagOf(name)).toBe(version);
    expect(readText('Dockerfile')).toContain(`\nFROM node:${catalog['node']}-bookworm-slim AS base\n`);
  });

  test('Prometheus scrapes every service where it serves its metrics', () => {
    const { scrape_configs: jobs } = readYaml<{
      readonly scrape_configs: readonly {
        readonly job_name: string;
        readonly static_configs: readonly { readonly targets: readonly string[] }[];
        readonly dns_sd_configs?: readonly { readonly names: readonly string[]; readonly port: number }[];
      }[];
    }>('infra/prometheus/prometheus.yml');
    const job = jobs.find(({ job_name: name }) => name === 'tidemark');
    const targets = job?.static_configs.flatMap((one) => one.targets);
    const whereStarted =
      job?.dns_sd_configs?.flatMap(({ names, port }) => names.map((name) => `${name}:${port}`)) ?? [];
    const scraped = ([name, { environment }]: (typeof processes)[number]) =>
      `${name}:${environment?.['TIDEMARK_OPERATIONS_PORT']}`;
    const [always, where] = [false, true].map((hasProfile) =>
      processes.filter(([, { profiles }]) => (profiles !== undefined) === hasProfile).map(scraped),
    );
    expect(targets?.toSorted()).toEqual(always?.toSorted());
    expect(whereStarted.toSorted()).toEqual(where?.toSorted());
  });

  test('the alert on lanes expects as many as the pipeline has', () => {
    const { environment } = compose.services['tier'] ?? {};
    expect(readText('infra/prometheus/rules.yml')).toContain(
      `sum by (service) (tidemark_lanes_owned) != ${environment?.['TIDEMARK_LANES']}\n`,
    );
  });

  test('Grafana looks for its dashboards and for Prometheus where they are', () => {
    const { providers } = readYaml<{ readonly providers: readonly { readonly options: { readonly path: string } }[] }>(
      'infra/grafana/provisioning/dashboards/tidemark.yml',
    );
    const { datasources } = readYaml<{ readonly datasources: readonly { readonly url: string }[] }>(
      'infra/grafana/provisioning/datasources/prometheus.yml',
    );
    expect(compose.services['grafana']?.volumes).toContain(
      `./infra/grafana/dashboards:${providers[0]?.options.path}:ro`,
    );
    expect(datasources[0]?.url).toBe('http://prometheus:9090');
    expect(compose.services['prometheus']?.ports).toEqual(['127.0.0.1:9090:9090']);
  });
});

describe('the image', () => {
  const lines = readText('Dockerfile').split('\n');

  test('runs as a user who is not root', () => {
    expect(lines.findLast((line) => line.startsWith('USER '))).toBe('USER node');
  });

  test('is made of files that there are and that reach the builder', () => {
    const ignored = readText('.dockerignore').split('\n');
    const sources = lines
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) => line.split(' ').slice(1, -1));
    expect(sources.length).toBeGreaterThan(0);
    expect(sources.filter((source) => !existsSync(join(ROOT, source)) || !ignored.includes(`!${source}`))).toEqual([]);
  });
});

function tagOf(container: string): string | undefined {
  return compose.services[container]?.image.split(':')[1];
}
