import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { Redis } from 'ioredis';

/** The beginning of Redis' answer to one command in its inline form. */
export async function tellRedis(url: string, command: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(`${command}\r\n`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return answer.toString('utf8');
}

/** As the runbook says. */
export async function emptyNamespace(url: string, namespace: string): Promise<void> {
  const script = readFileSync(new URL('../../infra/redis/empty-namespace.lua', import.meta.url), 'utf8');
  const client = new Redis(url);
  try {
    await client.eval(script, 0, `${namespace}:*`);
  } finally {
    client.disconnect();
  }
}
