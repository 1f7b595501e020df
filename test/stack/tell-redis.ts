import { once } from 'node:events';
import { connect } from 'node:net';

/** The beginning of Redis' answer to one command in its inline form. */
export async function tellRedis(url: string, command: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(`${command}\r\n`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return answer.toString('utf8');
}
