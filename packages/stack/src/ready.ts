import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds between looks at a server that starts. */
const POLL_MS = 50;
/** Milliseconds that an answer may take. */
const ANSWER_MS = 2_000;
/** Milliseconds after which a server that does not answer counts as broken: generous, for a busy machine. */
const DEADLINE_MS = 90_000;

/** Waits until `isReady`; throws when `whyEnded` gives a reason, or the deadline passes. */
export async function waitUntilReady(
  name: string,
  isReady: () => Promise<boolean>,
  whyEnded: () => Promise<string | null>,
): Promise<void> {
  const giveUpAt = performance.now() + DEADLINE_MS;
  while (!(await isReady())) {
    const why = await whyEnded();
    if (why !== null) throw new Error(`${name} did not start: ${why}`);
    if (performance.now() > giveUpAt) throw new Error(`${name} did not answer within ${DEADLINE_MS / 1_000} s`);
    await sleep(POLL_MS);
  }
}

/** Metadata, version 4, of no topics: size, key, version, correlation id, no client id, no topics, create none. */
const KAFKA_QUESTION = Buffer.from('0000000f0003000400000001ffff0000000000', 'hex');
/** In the answer: size, correlation id, throttle time; then the number of brokers that take requests. */
const BROKER_COUNT_AT = 12;

/** Whether the broker counts itself among those that take requests: it opens its port before. */
export async function isKafkaReady(host: string, port: number): Promise<boolean> {
  const answer = await ask(host, port, KAFKA_QUESTION, BROKER_COUNT_AT + 4);
  return answer !== null && answer.readInt32BE(BROKER_COUNT_AT) > 0;
}

export async function isRedisReady(host: string, port: number): Promise<boolean> {
  const answer = await ask(host, port, Buffer.from('PING\r\n'), 5);
  return answer !== null && answer.toString('latin1', 0, 5) === '+PONG';
}

export async function isHttpReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** The first bytes that come back, at least `byteCount` of them; null if they do not. */
function ask(host: string, port: number, question: Buffer, byteCount: number): Promise<Buffer | null> {
  const { promise, resolve } = Promise.withResolvers<Buffer | null>();
  const socket = connect({ host, port });
  let answer = Buffer.alloc(0);
  socket.setTimeout(ANSWER_MS, () => socket.destroy());
  socket.on('connect', () => socket.write(question));
  socket.on('data', (bytes) => {
    answer = Buffer.concat([answer, bytes]);
    if (answer.length < byteCount) return;
    resolve(answer);
    socket.destroy();
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => resolve(null));
  return promise;
}
