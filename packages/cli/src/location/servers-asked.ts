import type { Environment as Variables } from '@tidemark/config';
import { readServiceSettings, type ServiceSettings } from '@tidemark/runtime';
import { EXIT } from '../terminal/exit-codes.ts';
import { Failure } from '../terminal/failure.ts';
import type { LocationOptions } from './options.ts';

/**
 * The servers that the command line names; null: a data folder. They must be asked for: an environment that has addresses
 * does not turn a newcomer's first try to other servers. Throws `ConfigError`, and a `Failure` for half of the addresses.
 */
export function readServersAsked(
  { kafka, redis, registry, lanes }: LocationOptions & { readonly lanes?: number },
  variables: Variables,
): ServiceSettings | null {
  if (kafka === undefined && redis === undefined && registry === undefined) return null;
  if (kafka === undefined || redis === undefined || registry === undefined) {
    throw new Failure('expected --kafka, --redis and --registry together, or none of them', EXIT.usage);
  }
  const asked = {
    TIDEMARK_KAFKA_BROKERS: kafka,
    TIDEMARK_REDIS_URL: redis,
    TIDEMARK_REGISTRY_URL: registry,
    ...(lanes === undefined ? {} : { TIDEMARK_LANES: String(lanes) }),
  };
  return readServiceSettings({ ...variables, ...asked }, { registry: true });
}
