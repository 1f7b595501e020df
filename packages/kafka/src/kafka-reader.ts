import type { Bounds, Committed, Lane, LogRecord, Offset, Topic } from '@tidemark/stream';
import kafkajs, { type Broker, type Cluster, type KafkaMessage } from 'kafkajs';
import type { ClusterAccess } from './cluster-access.ts';
import { asLogRecord } from './log-record.ts';
import { asUndecodableBatch, type Undecodable } from './undecodable.ts';

/**
 * Bytes asked for at once: what a record about fits in, for one; many for many. A batch always comes whole. What comes
 * beyond the records asked for is decoded in vain: with 1,024 bytes a record a lane took twice as long to read.
 */
const BYTES_PER_RECORD = 512;
const FETCH_BYTES_MIN = 16 * 1_024;
const FETCH_BYTES_MAX = 4 * 1_024 * 1_024;

/** What kafkajs answers to a fetch of one partition; its own types leave it open, and the patch adds to it. */
interface FetchAnswer {
  readonly responses: readonly {
    readonly partitions: readonly {
      readonly highWatermark: string;
      readonly lastStableOffset: string;
      readonly messages: readonly (KafkaMessage & { readonly isControlRecord?: boolean })[];
      /** The batch behind all messages, where it cannot be decoded. */
      readonly undecodable: Undecodable | null;
    }[];
  }[];
}

/** Reads outside any group: one request to the partition's leader, or two. */
export class KafkaReader {
  readonly #access: ClusterAccess;
  readonly #topicName: (topic: Topic) => string;

  constructor(access: ClusterAccess, topicName: (topic: Topic) => string) {
    this.#access = access;
    this.#topicName = topicName;
  }

  bounds(topic: Topic, lane: Lane): Promise<Bounds> {
    const name = this.#topicName(topic);
    return this.#access.run(`asking for the bounds of ${name}, lane ${lane}`, async (cluster) => {
      await leaderOf(cluster, name, lane);
      const ask = async (fromBeginning: boolean): Promise<Offset> => {
        const [answer] = await cluster.fetchTopicsOffset([
          { topic: name, partitions: [{ partition: lane }], fromBeginning },
        ]);
        return Number(answer?.partitions[0]?.offset);
      };
      const [start, end] = await Promise.all([ask(true), ask(false)]);
      return { start, end };
    });
  }

  async read(topic: Topic, lane: Lane, from: Offset, limit: number): Promise<readonly LogRecord[]> {
    const records: LogRecord[] = [];
    for (let next = from; records.length < limit; ) {
      const missing = limit - records.length;
      const { messages, fault, end } = await this.#fetch(topic, lane, next, missing);
      const last = messages.at(-1);
      if (last === undefined && fault !== null) throw fault;
      if (last === undefined) break;
      for (const message of messages) {
        // A batch comes whole, though what was asked for may begin in its middle.
        if (Number(message.offset) < next || message.isControlRecord === true) continue;
        if (records.length < limit) records.push(asLogRecord(message));
      }
      next = Number(last.offset) + 1;
      if (next >= end) break;
    }
    return records;
  }

  /** What a group has committed for these topics' lane; a topic without a commit is absent. */
  committed(group: string, topics: readonly Topic[], lane: Lane): Promise<ReadonlyMap<Topic, Committed>> {
    return this.#access.run(`asking for the offsets of group ${group}, lane ${lane}`, async (cluster) => {
      const coordinator = await cluster.findGroupCoordinator({ groupId: group });
      const names = new Map(topics.map((topic) => [this.#topicName(topic), topic]));
      const asked = [...names.keys()].map((topic) => ({ topic, partitions: [{ partition: lane, offset: '' }] }));
      const { responses } = await coordinator.offsetFetch({ groupId: group, topics: asked });
      const committed = new Map<Topic, Committed>();
      for (const { topic, partitions } of responses) {
        const plain = names.get(topic);
        const [place] = partitions as readonly { readonly offset: string; readonly metadata?: string | null }[];
        if (plain === undefined || place === undefined || Number(place.offset) < 0) continue;
        committed.set(plain, { offset: Number(place.offset), metadata: place.metadata ?? '' });
      }
      return committed;
    });
  }

  #fetch(topic: Topic, lane: Lane, from: Offset, limit: number) {
    const name = this.#topicName(topic);
    return this.#access.run(`reading ${name}, lane ${lane}, from ${from}`, async (cluster) => {
      const broker = await leaderOf(cluster, name, lane);
      const maxBytes = Math.min(FETCH_BYTES_MAX, Math.max(FETCH_BYTES_MIN, limit * BYTES_PER_RECORD));
      const partitions = [{ partition: lane, fetchOffset: String(from), maxBytes }];
      try {
        // It waits for nothing: what is there comes at once.
        const request = {
          maxWaitTime: 0,
          minBytes: 0,
          maxBytes,
          isolationLevel: 1,
          topics: [{ topic: name, partitions }],
        };
        const { responses } = (await broker.fetch(request)) as FetchAnswer;
        const answer = responses[0]?.partitions[0];
        if (answer === undefined) return { messages: [], fault: null, end: 0 };
        const { messages, undecodable, highWatermark, lastStableOffset } = answer;
        // Where the answer could have held more, nothing follows.
        const isLast = undecodable?.isLastOfAnswer === true && undecodable.bytes.length < maxBytes;
        const behind = isLast ? Number(lastStableOffset) : null;
        const fault = undecodable === null ? null : asUndecodableBatch(topic, lane, from, undecodable, behind);
        return { messages, fault, end: Number(highWatermark) };
      } catch (error) {
        // Outside the bounds there are no records.
        if (error instanceof kafkajs.KafkaJSProtocolError && error.type === 'OFFSET_OUT_OF_RANGE') {
          return { messages: [], fault: null, end: 0 };
        }
        throw error;
      }
    });
  }
}

async function leaderOf(cluster: Cluster, topic: string, lane: Lane): Promise<Broker> {
  await cluster.addTargetTopic(topic);
  await cluster.refreshMetadataIfNecessary();
  const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [lane]));
  if (nodeId === undefined) {
    throw new kafkajs.KafkaJSError(`${topic} has no partition ${lane}; run \`tidemark topics check\``);
  }
  return cluster.findBroker({ nodeId });
}
