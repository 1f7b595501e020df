import { type ServerName, type Stack, StackUnavailable, startStack } from '@tidemark/stack';
import { inject } from 'vitest';
import type { SharedServer } from './share-servers.ts';

/** Servers of the environment, else those that all test files of this run share. None of them may be stopped. */
export async function askForShared<Name extends ServerName>(servers: readonly Name[]): Promise<Stack<Name>> {
  try {
    return await startStack({ servers, variables: process.env, log: () => {}, ways: ['environment'] });
  } catch (error) {
    if (!(error instanceof StackUnavailable)) throw error;
  }
  const asked = await Promise.all(servers.map(askForOne));
  const shared = asked.map(({ name, server }) => [name, { ...server, ...NOT_OURS }]);
  return { ...(Object.fromEntries(shared) as Stack<Name>), how: asked[0]?.how ?? 'native', stop: async () => {} };
}

async function askForOne(name: ServerName) {
  const response = await fetch(`${inject('sharedServersUrl')}/${name}`);
  if (!response.ok) throw new Error(`the shared ${name} did not start: ${await response.text()}`);
  const answer = (await response.json()) as SharedServer;
  if ('reasons' in answer) throw new StackUnavailable(answer.reasons);
  const { stack } = answer;
  return { name, server: stack[name], how: stack.how };
}

const refuse = async (): Promise<never> => {
  throw new Error('other tests share this server: a test that stops it starts one of its own');
};
const NOT_OURS = { kill: refuse, restart: refuse, suspend: refuse, resume: refuse };
