import { connect, type Socket } from 'node:net';

/** Streams of tier changes that stay open; every third takes nothing. */
export function holdStreams(url: string, token: string, count: number) {
  const { hostname, port } = new URL(url);
  const statuses: number[] = [];
  const sockets = Array.from({ length: count }, (_, i): Socket => {
    const socket = connect({ host: hostname, port: Number(port) });
    socket.on('error', () => undefined);
    socket.once('data', (data) => {
      statuses.push(Number(/^HTTP\/1\.1 (\d{3})/.exec(data.toString('latin1'))?.[1]));
      if (i % 3 === 0) socket.pause();
    });
    socket.resume();
    const headers = ['Host: localhost', `Authorization: Bearer ${token}`, '', ''];
    socket.write([`GET /v1/tier-changes?from=${i % 2 === 0 ? 'start' : 'end'} HTTP/1.1`, ...headers].join('\r\n'));
    return socket;
  });
  return {
    /** Of those that were answered so far. */
    statuses,
    close() {
      for (const socket of sockets) socket.destroy();
    },
  };
}
