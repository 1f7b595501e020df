import { Agent, get } from 'node:http';
import { percentile } from './measure.ts';

export interface SteadyLoad {
  readonly path: (request: number) => string;
  readonly perSecond: number;
  readonly seconds: number;
}

/**
 * The 99th percentile, in ms, of requests sent one after the other at even distances, each counted from when it was due: a
 * server that stands still makes all those wait that were due meanwhile.
 */
export async function steadyP99(url: string, { path, perSecond, seconds }: SteadyLoad): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 50 });
  const requests = perSecond * seconds;
  const intervalMs = 1_000 / perSecond;
  const startMs = performance.now() + intervalMs;
  const answers: Promise<number>[] = [];
  while (answers.length < requests) {
    for (let n = answers.length; n < requests && startMs + n * intervalMs <= performance.now(); n++) {
      const dueMs = startMs + n * intervalMs;
      answers.push(request(url + path(n), agent).then(() => performance.now() - dueMs));
    }
    await new Promise(setImmediate);
  }
  const latenciesMs = await Promise.all(answers);
  agent.destroy();
  return percentile(latenciesMs, 0.99);
}

function request(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      response.resume();
      if (response.statusCode !== 200) reject(new Error(`expected an answer 200, found ${response.statusCode}`));
      response.on('end', resolve);
    }).on('error', reject);
  });
}
