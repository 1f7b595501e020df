import {
  ADDRESS_VARIABLES,
  type ServerControl,
  type ServerName,
  type Servers,
  type Stack,
  type StackOptions,
  WayUnavailable,
} from './servers.ts';

/** The servers that the environment names. All of those asked for, or none: half a stack would be a surprise. */
export async function environmentStack<Name extends ServerName>({
  servers,
  variables,
}: StackOptions<Name>): Promise<Stack<Name>> {
  const missing = servers.map((name) => ADDRESS_VARIABLES[name]).filter((variable) => !variables[variable]);
  const wanted = servers.map((name) => ADDRESS_VARIABLES[name]).join(', ');
  if (missing.length === servers.length) throw new WayUnavailable(`expected ${wanted} in the environment, found none`);
  if (missing.length > 0) {
    throw new Error(`expected all of ${wanted} in the environment, or none; found no ${missing.join(', ')}`);
  }
  const address = (name: ServerName): string => variables[ADDRESS_VARIABLES[name]] ?? '';
  const all: Servers = {
    kafka: { ...notOurs('kafka'), brokers: address('kafka').split(','), securedBrokers: null, folder: null },
    redis: { ...notOurs('redis'), url: address('redis') },
    registry: { ...notOurs('registry'), url: address('registry') },
  };
  return { ...(all as Pick<Servers, Name>), how: 'environment', stop: async () => {} };
}

function notOurs(name: ServerName): ServerControl {
  const refuse = async (): Promise<never> => {
    throw new Error(`${name} is named by ${ADDRESS_VARIABLES[name]}: it is not ours to kill, suspend or restart`);
  };
  return { kill: refuse, restart: refuse, suspend: refuse, resume: refuse };
}
