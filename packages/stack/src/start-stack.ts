import { startDockerStack } from './docker-stack.ts';
import { environmentStack } from './environment-stack.ts';
import { startNativeStack } from './native/native-stack.ts';
import {
  type ServerName,
  type Stack,
  type StackOptions,
  StackUnavailable,
  type Way,
  WayUnavailable,
} from './servers.ts';

const WAYS: readonly Way[] = ['environment', 'docker', 'native'];

/**
 * Starts servers by the first way that works: addresses in the environment, Docker, programs of this machine. Stacks
 * side by side do not disturb each other. What was started ends with this process, however the process ends.
 *
 * Throws `StackUnavailable` when no way works here; a server that should start and does not is an ordinary error.
 */
export async function startStack<Name extends ServerName>(options: StackOptions<Name>): Promise<Stack<Name>> {
  const reasons: Partial<Record<Way, string>> = {};
  for (const way of options.ways ?? WAYS) {
    try {
      return await START[way](options);
    } catch (error) {
      if (!(error instanceof WayUnavailable)) throw error;
      reasons[way] = error.message;
    }
  }
  throw new StackUnavailable(reasons);
}

const START = { environment: environmentStack, docker: startDockerStack, native: startNativeStack } as const;
