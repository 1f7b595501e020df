import type { Stack } from '@tidemark/stack';
import { FOLDING } from './remote-pipeline.ts';
import { freePort, runTidemark, ServiceProcess, type Variables } from './service-process.ts';

const SERVICES = [...FOLDING, 'query'] as const;
export type ServiceName = (typeof SERVICES)[number];

/** What every process of a pipeline on these servers has in its environment. */
export function variablesFor(
  { kafka, redis, registry }: Stack<'kafka' | 'redis' | 'registry'>,
  namespace: string,
  more: Variables = {},
): Variables {
  return {
    TIDEMARK_KAFKA_BROKERS: kafka.brokers.join(','),
    TIDEMARK_REDIS_URL: redis.url,
    TIDEMARK_REGISTRY_URL: registry.url,
    TIDEMARK_NAMESPACE: namespace,
    TIDEMARK_LANES: '3',
    ...more,
  };
}

/** Creates what a pipeline's services need before they start, and puts them on the wall clock. */
export async function applyLayout(variables: Variables): Promise<void> {
  await applyTopics(variables);
  await apply('policy', variables, '--no-wait');
}

/** The same without a policy: a replay brings one. */
export async function applyTopics(variables: Variables): Promise<void> {
  await apply('topics', variables);
  await apply('schemas', variables);
}

async function apply(what: string, variables: Variables, ...options: readonly string[]): Promise<void> {
  const { code, stderr } = await runTidemark([what, 'apply', ...options], variables);
  if (code !== 0) throw new Error(`expected \`tidemark ${what} apply\` to work, found: ${stderr}`);
}

/** All services of a pipeline, each as a process. */
export class Deployment {
  readonly url: string;
  readonly #variables: Variables;
  readonly #processes = new Map<ServiceName, ServiceProcess>();

  private constructor(variables: Variables, url: string) {
    this.#variables = variables;
    this.url = url;
  }

  static async start(variables: Variables, services: readonly ServiceName[] = SERVICES): Promise<Deployment> {
    const port = await freePort();
    const all = { ...variables, TIDEMARK_QUERY_PORT: String(port) };
    const deployment = new Deployment(all, `http://127.0.0.1:${port}`);
    await Promise.all(services.map((name) => deployment.startService(name)));
    await Promise.all(services.map((name) => deployment.process(name).ready()));
    return deployment;
  }

  async startService(name: ServiceName): Promise<ServiceProcess> {
    const service = await ServiceProcess.start(name, this.#variables);
    this.#processes.set(name, service);
    return service;
  }

  process(name: ServiceName): ServiceProcess {
    const service = this.#processes.get(name);
    if (service === undefined) throw new Error(`expected ${name} to have been started`);
    return service;
  }

  get processes(): readonly ServiceProcess[] {
    return [...this.#processes.values()];
  }

  /** An answer of the query service; null where it is no 200. */
  async get(path: string) {
    const response = await fetch(this.url + path).catch(() => null);
    // biome-ignore lint/suspicious/noExplicitAny: what a test expects of it says what it is
    return response?.status === 200 ? ((await response.json()) as any) : null;
  }
}
