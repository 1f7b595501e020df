import { TidemarkError } from '@tidemark/domain';

/** The servers that a stack can have. */
export type ServerName = 'kafka' | 'redis' | 'registry';

/** How a stack's servers came to be. */
export type Way = 'environment' | 'docker' | 'native';

/** What can be done to a server, as chaos does it. Servers of the environment are not ours: there every call rejects. */
export interface ServerControl {
  /** Ends it without a chance to say goodbye (SIGKILL). Its data stay. */
  kill(): Promise<void>;
  /** Starts it again, at the same address and on the same data; resolves once it answers. Kills it first if it runs. */
  restart(): Promise<void>;
  /** Stops its clock (SIGSTOP): connections stay open, and nothing answers. */
  suspend(): Promise<void>;
  /** Lets it go on (SIGCONT). */
  resume(): Promise<void>;
}

export interface KafkaServer extends ServerControl {
  /** `host:port` of each broker. */
  readonly brokers: readonly string[];
  /** The same brokers behind `kafkaSecurity`; null without it. */
  readonly securedBrokers: readonly string[] | null;
  /** Where its partitions lie, for tests of damaged disks; null where this process does not see them. */
  readonly folder: string | null;
}

export interface RedisServer extends ServerControl {
  /** Such as `redis://127.0.0.1:6379`. */
  readonly url: string;
}

export interface RegistryServer extends ServerControl {
  /** Where Confluent's API begins, such as `http://127.0.0.1:8080/apis/ccompat/v7`. The schemas are in its memory. */
  readonly url: string;
}

export interface Servers {
  readonly kafka: KafkaServer;
  readonly redis: RedisServer;
  readonly registry: RegistryServer;
}

/** Running servers. */
export type Stack<Name extends ServerName> = Pick<Servers, Name> & {
  readonly how: Way;
  /** Stops what was started and removes its data. Leaves servers of the environment alone. */
  stop(): Promise<void>;
};

export interface StackOptions<Name extends ServerName> {
  readonly servers: readonly Name[];
  /** Environment variables: addresses, JAVA_HOME, PATH, the place for downloads. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Told what takes long, such as a download: a line for people. */
  readonly log: (line: string) => void;
  /** The ways to try, in this order; by default all. */
  readonly ways?: readonly Way[];
  /** More settings of the broker, such as `log.retention.ms`; they win. */
  readonly kafkaSettings?: Readonly<Record<string, string>>;
  /** A second listener, called SECURED. `kafkaSettings` say the rest, as in `listener.name.secured.plain.sasl.jaas.config`. */
  readonly kafkaSecurity?: 'SASL_PLAINTEXT' | 'SSL' | 'SASL_SSL';
  /** More arguments of redis-server, such as `--appendonly yes`, each word by itself. */
  readonly redisArguments?: readonly string[];
}

/** The variables that name servers which run already. */
export const ADDRESS_VARIABLES = {
  kafka: 'TIDEMARK_KAFKA_BROKERS',
  redis: 'TIDEMARK_REDIS_URL',
  registry: 'TIDEMARK_REGISTRY_URL',
} as const satisfies Record<ServerName, string>;

/** No way worked. `reasons` says of each why not, and what to do. */
export class StackUnavailable extends TidemarkError<'stack-unavailable'> {
  override readonly name = 'StackUnavailable';
  readonly reasons: Readonly<Partial<Record<Way, string>>>;
  constructor(reasons: Readonly<Partial<Record<Way, string>>>) {
    const lines = Object.entries(reasons).map(([way, reason]) => `  ${way}: ${reason}`);
    super('stack-unavailable', `no way to start servers works here:\n${lines.join('\n')}`);
    this.reasons = reasons;
  }
}

/** A way does not work on this machine; another one may. */
export class WayUnavailable extends TidemarkError<'way-unavailable'> {
  override readonly name = 'WayUnavailable';

  constructor(message: string) {
    super('way-unavailable', message);
  }
}
