import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ServerName, type Stack, StackUnavailable, startStack } from '@tidemark/stack';
import { javaThatEndsSoon } from './java-that-ends-soon.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where test files ask for servers that they share. */
    readonly sharedServersUrl: string;
  }
}

/** What asking for a server is answered with: its addresses, or why there is none. */
export type SharedServer =
  | { readonly stack: Omit<Stack<ServerName>, 'stop'> }
  | { readonly reasons: StackUnavailable['reasons'] };

/**
 * One Kafka, one Redis and one registry for all test files that can share them, each started when the first file asks
 * for it, and stopped by the function that comes back: for a global set-up of Vitest, in the process that all files come
 * from. `prepare` is done once with each server before anybody has it.
 */
export async function shareServers(
  provide: (key: 'sharedServersUrl', url: string) => void,
  prepare: (stack: Stack<ServerName>, name: ServerName) => Promise<unknown>,
): Promise<() => Promise<void>> {
  const started = new Map<string, Promise<Stack<ServerName>>>();
  const start = async (name: ServerName) => {
    const variables = javaThatEndsSoon(process.env);
    const stack = await startStack({ servers: [name], variables, log: say, ways: ['docker', 'native'] });
    await prepare(stack, name);
    return stack;
  };
  const startOnce = (name: ServerName) => {
    const starting = started.get(name) ?? start(name);
    started.set(name, starting);
    return starting;
  };
  const server = createServer((request, response) => {
    void startOnce(request.url?.slice(1) as ServerName).then(
      ({ stop: _, ...stack }) => answer(response, 200, { stack }),
      (error: unknown) => {
        if (error instanceof StackUnavailable) answer(response, 200, { reasons: error.reasons });
        else answer(response, 500, String(error));
      },
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  provide('sharedServersUrl', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return async () => {
    server.close();
    for (const starting of started.values()) await (await starting.catch(() => null))?.stop();
  };
}

function answer(response: ServerResponse, status: number, content: unknown): void {
  response.writeHead(status).end(JSON.stringify(content));
}

function say(line: string): void {
  process.stderr.write(`shared stack: ${line}\n`);
}
