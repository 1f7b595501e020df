import { connect, createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startTestServer, TOKENS, WITH_TOKENS } from './testing/test-server.ts';

describe('the server is not started', () => {
  test('on a port in use, and the error says what to do', async () => {
    const { url } = await startTestServer();
    const port = Number(new URL(url).port);
    await expect(startTestServer({ port })).rejects.toMatchObject({
      name: 'StartError',
      code: 'port-in-use',
      message: `expected port ${port} on 127.0.0.1 to be free, found it in use: choose another with --port or TIDEMARK_QUERY_PORT`,
    });
  });

  test('on a host that others can reach while there is no token', async () => {
    for (const host of ['0.0.0.0', '::', '192.168.0.7', 'tidemark.example', '127.0.0.1.example']) {
      await expect(startTestServer({ host })).rejects.toMatchObject({ name: 'StartError', code: 'tokens-required' });
    }
  });

  test('on a host that is not of this machine', async () => {
    const starting = startTestServer({ host: '192.0.2.1', tokens: WITH_TOKENS });
    await expect(starting).rejects.toMatchObject({ name: 'StartError', code: 'host-unavailable' });
  });
});

test('with tokens it may be bound to any address', async () => {
  const { url, get } = await startTestServer({ host: '0.0.0.0', tokens: WITH_TOKENS });
  expect(url).toMatch(/^http:\/\/0\.0\.0\.0:\d+$/);
  const answer = await get('/v1/tiers', { headers: { authorization: `Bearer ${TOKENS.reader}` } });
  expect(answer.status).toBe(200);
});

test('localhost is bound without tokens', async () => {
  const { get } = await startTestServer({ host: 'localhost' });
  expect((await get('/v1/tiers')).status).toBe(200);
});

describe('a stop', () => {
  test('ends open streams cleanly, frees the port, and leaves one line in the log as the start does', async () => {
    const { get, url, stop, reader, lines } = await startTestServer();
    reader.publish(1);
    const streams = await Promise.all([1, 2, 3].map(() => get('/v1/tier-changes?from=start')));
    await stop();
    // A connection that was cut would reject.
    for (const stream of streams) expect(await stream.text()).toContain('id: c1\n');
    expect(reader.ended).toBe(3);
    await canListen(Number(new URL(url).port));
    expect(lines.filter(({ level }) => level === 30).map(({ msg }) => msg)).toEqual(['query started', 'query stopped']);
  });

  test('does not wait for a client that says nothing', async () => {
    const { get, url, stop, clock } = await startTestServer();
    const silent = connect(Number(new URL(url).port), '127.0.0.1');
    const closed = new Promise((resolve) => silent.once('close', resolve).once('error', () => undefined));
    await new Promise<void>((resolve) => silent.once('connect', resolve));
    // Answered after the silent connection was taken.
    await (await get('/livez')).text();
    const stopping = stop();
    clock.advance(1_500);
    await stopping;
    await closed;
  });
});

async function canListen(port: number): Promise<void> {
  const server = createServer();
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
}
