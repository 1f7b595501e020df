import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../../stack/service-process.ts';
import { type BenchPipeline, LANES } from './bench-context.ts';
import { kafkaClient } from './kafka-client.ts';

const PROJECT = join(import.meta.dirname, '../peer');
const SCHEMAS = join(import.meta.dirname, '../../../schemas');
const RAW_TOPICS = ['orders', 'interactions', 'marketing', 'identities'] as const;

/** The peer as Maven built it. */
export interface PeerProgram {
  readonly classPath: string;
  remove(): Promise<void>;
}

export const GUARANTEES = ['exactly_once_v2', 'at_least_once'] as const;
export type Guarantee = (typeof GUARANTEES)[number];
export const PEER_NAMES = { exactly_once_v2: 'KS exactly-once', at_least_once: 'KS at-least-once' } as const;

export interface PeerOptions {
  readonly job: 'behaviour' | 'whole';
  readonly guarantee: Guarantee;
  readonly threads: number;
  readonly commitMs: number;
}

/** Compiles the peer, with what it needs beside it. Throws where there is no Maven. */
export async function buildPeer(): Promise<PeerProgram> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-peer-'));
  const args = ['-B', '-q', '-f', join(PROJECT, 'pom.xml'), `-Dbuild.folder=${folder}`];
  await promisify(execFile)('mvn', [...args, 'compile', 'dependency:copy-dependencies']).catch((error: Error) => {
    throw new Error(`expected Maven and Java 17 to build ${PROJECT}, found: ${error.message}`);
  });
  return {
    classPath: `${join(folder, 'classes')}:${join(folder, 'jars', '*')}`,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The like job on Kafka Streams, as a process. */
export class PeerProcess {
  readonly name = 'Kafka Streams';
  readonly child: ChildProcess;
  readonly #pipeline: BenchPipeline;
  readonly #options: PeerOptions;
  readonly #state: string;
  #said = '';

  private constructor(program: PeerProgram, pipeline: BenchPipeline, options: PeerOptions, state: string) {
    const { job, guarantee, threads, commitMs } = options;
    this.#pipeline = pipeline;
    this.#options = options;
    this.#state = state;
    const settings = [pipeline.brokers.join(','), pipeline.namespace, guarantee, threads, commitMs, SCHEMAS, state];
    const args = ['-Xmx1g', '-cp', program.classPath, 'tidemark.peer.Peer', job, ...settings.map(String)];
    this.child = spawn('java', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#said += text;
      });
    }
  }

  /** Resolves once it has its partitions. */
  static async start(program: PeerProgram, pipeline: BenchPipeline, options: PeerOptions): Promise<PeerProcess> {
    await createOutputs(pipeline);
    const state = await mkdtemp(join(tmpdir(), 'tidemark-peer-state-'));
    const peer = new PeerProcess(program, pipeline, options, state);
    await until('the peer runs', () => {
      peer.#assertRunning();
      return peer.#said.includes('running\n');
    });
    return peer;
  }

  /** When it took its first record, ms since the epoch. */
  get firstAtMs(): number {
    const at = /^first (\d+)$/m.exec(this.#said)?.[1];
    if (at === undefined) throw new Error(`expected the peer to have begun, found: ${this.#said}`);
    return Number(at);
  }

  /** Resolves once its group has committed all that its topics hold, to when that was seen, ms since the epoch. */
  async throughAll(): Promise<number> {
    const { job, guarantee } = this.#options;
    const { namespace } = this.#pipeline;
    const topics = (job === 'whole' ? RAW_TOPICS : ['timeline']).map((topic) => `${namespace}.${topic}`);
    const groupId = `${namespace}.peer-${job}-${guarantee}`;
    const admin = kafkaClient(this.#pipeline).admin();
    await admin.connect();
    try {
      const ends = new Map<string, string>();
      for (const topic of topics) {
        for (const { partition, high } of await admin.fetchTopicOffsets(topic)) ends.set(`${topic} ${partition}`, high);
      }
      await until('the peer is through', async () => {
        this.#assertRunning();
        const committed = await admin.fetchOffsets({ groupId, topics });
        return committed.every(({ topic, partitions }) =>
          partitions.every(({ partition, offset }) => {
            const end = ends.get(`${topic} ${partition}`);
            return end === '0' || offset === end;
          }),
        );
      });
      return Date.now();
    } finally {
      await admin.disconnect();
    }
  }

  async stop(): Promise<void> {
    const closed = once(this.child, 'close');
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill('SIGKILL');
      await closed;
    }
    await rm(this.#state, { recursive: true, force: true });
  }

  #assertRunning(): void {
    if (this.child.exitCode !== null || this.child.signalCode !== null)
      throw new Error(`expected the peer to run, found that it ended: ${this.#said}`);
  }
}

/** Runs the peer on a pipeline's topics while `use` does. */
export async function withPeer<Result>(
  program: PeerProgram,
  pipeline: BenchPipeline,
  options: PeerOptions,
  use: (peer: PeerProcess) => Promise<Result>,
): Promise<Result> {
  const peer = await PeerProcess.start(program, pipeline, options);
  try {
    return await use(peer);
  } finally {
    await peer.stop();
  }
}

async function createOutputs(pipeline: BenchPipeline): Promise<void> {
  const scores = ['rfm', 'behaviour', 'churn', 'tier'].map((name) => `peer-${name}-changes`);
  const topics = ['peer-timeline', ...scores].map((topic) => {
    return { topic: `${pipeline.namespace}.${topic}`, numPartitions: LANES };
  });
  const admin = kafkaClient(pipeline).admin();
  await admin.connect();
  const known = await admin.listTopics();
  await admin.createTopics({ topics: topics.filter(({ topic }) => !known.includes(topic)) });
  await admin.disconnect();
}
