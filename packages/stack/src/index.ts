export { findJavaClient, type JavaClient } from './native/java-client.ts';
export {
  ADDRESS_VARIABLES,
  type KafkaServer,
  type RedisServer,
  type RegistryServer,
  type ServerControl,
  type ServerName,
  type Servers,
  type Stack,
  type StackOptions,
  StackUnavailable,
  type Way,
  WayUnavailable,
} from './servers.ts';
export { startStack } from './start-stack.ts';
