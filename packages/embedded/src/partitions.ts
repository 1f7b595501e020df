import assert from 'node:assert';
import type { Lane, Topic } from '@tidemark/stream';

/** The number of a topic's lane in this folder. */
export type Partition = number;

/** Row ids are 53-bit integers: 8,192 partitions of 2^40 offsets. */
const PARTITIONS_MAX = 8_192;
export const OFFSETS_PER_PARTITION = 2 ** 40;
/** The lanes that a data folder can have, with up to 15 topics, numbered from 1. */
export const EMBEDDED_LANES_MAX = 512;
export const TOPIC_ID_MAX = PARTITIONS_MAX / EMBEDDED_LANES_MAX - 1;

/** Numbers the lanes of the folder's topics. */
export class Partitions {
  readonly lanes: number;
  readonly #topicIds: ReadonlyMap<Topic, number>;

  constructor(lanes: number, topicIds: ReadonlyMap<Topic, number>) {
    this.lanes = lanes;
    this.#topicIds = topicIds;
  }

  /** False for a topic that came with a later build than the folder's last writer. */
  has(topic: Topic): boolean {
    return this.#topicIds.has(topic);
  }

  of(topic: Topic, lane: Lane): Partition {
    const id = this.#topicIds.get(topic);
    assert(id !== undefined, `topic ${topic} is one of the folder's: ${[...this.#topicIds.keys()].join(', ')}`);
    assert(
      Number.isInteger(lane) && lane >= 0 && lane < this.lanes,
      `lane ${lane} is one of the folder's ${this.lanes}`,
    );
    return id * this.lanes + lane;
  }
}
