import type { ContainerRuntimeClient, StartedTestContainer } from 'testcontainers';
import { freePort } from './free-port.ts';
import { KAFKA_SETTINGS, listenerSettings } from './kafka-settings.ts';
import { isHttpReady, isKafkaReady, isRedisReady, waitUntilReady } from './ready.ts';
import {
  type ServerControl,
  type ServerName,
  type Servers,
  type Stack,
  type StackOptions,
  WayUnavailable,
} from './servers.ts';

const IMAGE = {
  kafka: 'apache/kafka:4.1.1',
  redis: 'redis:8.2-alpine',
  registry: 'apicurio/apicurio-registry-mem:2.6.13.Final',
} as const satisfies Record<ServerName, string>;
/** An image may have to be fetched first. */
const STARTUP_TIMEOUT_MS = 180_000;

type Testcontainers = typeof import('testcontainers');
type Container = ReturnType<ContainerRuntimeClient['container']['getById']>;
type Started = { readonly server: Servers[ServerName]; readonly container: StartedTestContainer };

/** Servers in containers. Testcontainers removes them when this process ends without having stopped them. */
export async function startDockerStack<Name extends ServerName>(options: StackOptions<Name>): Promise<Stack<Name>> {
  const library = await import('testcontainers');
  const client = await library.getContainerRuntimeClient().catch((error: unknown) => {
    const found = error instanceof Error ? error.message : String(error);
    throw new WayUnavailable(`expected a container runtime that answers, found: ${found}`);
  });
  const containers: StartedTestContainer[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(
      containers.map(async (container) => {
        await thaw(client.container.getById(container.getId()));
        await container.stop({ timeout: 0, removeVolumes: true });
      }),
    );
  };
  const entries = await Promise.allSettled(
    options.servers.map(async (name) => {
      options.log(`starting ${name} (${IMAGE[name]}) with Docker`);
      const { server, container } = await STARTERS[name](library, client, options);
      containers.push(container);
      return [name, server] as const;
    }),
  );
  const failed = entries.find((entry) => entry.status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  const servers = Object.fromEntries(entries.map((entry) => (entry.status === 'fulfilled' ? entry.value : [])));
  return { ...(servers as Pick<Servers, Name>), how: 'docker', stop };
}

const STARTERS = { kafka: startKafka, redis: startRedis, registry: startRegistry } as const;

async function startKafka(
  { GenericContainer, Wait }: Testcontainers,
  client: ContainerRuntimeClient,
  { kafkaSettings, kafkaSecurity }: StackOptions<ServerName>,
): Promise<Started> {
  const host = client.info.containerRuntime.host;
  // Clients are told this address, so it must be known before the container starts, and stay when it starts again.
  const [plain, secured] = [await freePort(), await freePort()];
  const settings = {
    ...KAFKA_SETTINGS,
    'controller.quorum.voters': '1@localhost:9093',
    ...listenerSettings({
      inside: { host: '', plain: 9092, secured: 9094, controller: 9093 },
      outside: { host, plain, secured },
      security: kafkaSecurity,
    }),
    ...kafkaSettings,
  };
  const container = await new GenericContainer(IMAGE.kafka)
    .withExposedPorts({ container: 9092, host: plain }, { container: 9094, host: secured })
    .withEnvironment(
      Object.fromEntries(Object.entries(settings).map(([name, value]) => [environmentName(name), value])),
    )
    .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
    .withStartupTimeout(STARTUP_TIMEOUT_MS)
    .start();
  const isReady = (): Promise<boolean> => isKafkaReady(host, plain);
  const addresses = {
    brokers: [`${host}:${plain}`],
    securedBrokers: kafkaSecurity === undefined ? null : [`${host}:${secured}`],
    folder: null,
  };
  return { server: { ...control('kafka', client, container, isReady), ...addresses }, container };
}

/** `log.retention.ms` is KAFKA_LOG_RETENTION_MS to the image. */
function environmentName(setting: string): string {
  return `KAFKA_${setting.toUpperCase().replaceAll('_', '__').replaceAll('-', '___').replaceAll('.', '_')}`;
}

async function startRedis(
  { GenericContainer, Wait }: Testcontainers,
  client: ContainerRuntimeClient,
  { redisArguments }: StackOptions<ServerName>,
): Promise<Started> {
  const host = client.info.containerRuntime.host;
  const port = await freePort();
  const container = await new GenericContainer(IMAGE.redis)
    .withExposedPorts({ container: 6379, host: port })
    .withCommand(['redis-server', '--save', '', ...(redisArguments ?? [])])
    .withWaitStrategy(Wait.forLogMessage(/Ready to accept connections/))
    .withStartupTimeout(STARTUP_TIMEOUT_MS)
    .start();
  const isReady = (): Promise<boolean> => isRedisReady(host, port);
  return { server: { ...control('redis', client, container, isReady), url: `redis://${host}:${port}` }, container };
}

async function startRegistry(
  { GenericContainer, Wait }: Testcontainers,
  client: ContainerRuntimeClient,
): Promise<Started> {
  const host = client.info.containerRuntime.host;
  const port = await freePort();
  const url = `http://${host}:${port}/apis/ccompat/v7`;
  const container = await new GenericContainer(IMAGE.registry)
    .withExposedPorts({ container: 8080, host: port })
    .withWaitStrategy(Wait.forHttp('/apis/ccompat/v7/subjects', 8080))
    .withStartupTimeout(STARTUP_TIMEOUT_MS)
    .start();
  const isReady = (): Promise<boolean> => isHttpReady(`${url}/subjects`);
  return { server: { ...control('registry', client, container, isReady), url }, container };
}

function control(
  name: ServerName,
  client: ContainerRuntimeClient,
  started: StartedTestContainer,
  isReady: () => Promise<boolean>,
): ServerControl {
  const container = client.container.getById(started.getId());
  const isRunning = async (): Promise<boolean> => (await container.inspect()).State.Running;
  const kill = async (): Promise<void> => {
    await thaw(container);
    if (await isRunning()) await container.kill({ signal: 'SIGKILL' });
    await container.wait();
  };
  return {
    kill,
    async restart() {
      await kill();
      await container.start();
      await waitUntilReady(name, isReady, async () => ((await isRunning()) ? null : 'its container has stopped'));
    },
    suspend: () => container.pause(),
    resume: () => container.unpause(),
  };
}

/** A paused container takes no signal, not even the one that kills. */
async function thaw(container: Container): Promise<void> {
  if ((await container.inspect()).State.Paused) await container.unpause();
}
