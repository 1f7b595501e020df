import type { LaneConsumer, Offset, OperatingError, Subscription } from '@tidemark/stream';
import type { CommitTable } from './commit-table.ts';
import { EmbeddedConsumer, type Input } from './embedded-consumer.ts';
import type { Partition, Partitions } from './partitions.ts';
import { Pump } from './pump.ts';
import type { Chunk, RecordTable } from './record-table.ts';

/**
 * Who reads what. A group's newest member has all lanes; when it leaves, the member before it gets them back.
 */
export class ConsumerGroups {
  readonly partitions: Partitions;
  readonly commits: CommitTable;
  readonly pump: Pump;
  readonly #table: RecordTable;
  /** By partition, who reads it. */
  readonly #readers = new Map<Partition, readonly Input[]>();
  /** The members of each group, in the order they joined. */
  readonly #members = new Map<string, readonly EmbeddedConsumer[]>();

  constructor(partitions: Partitions, table: RecordTable, commits: CommitTable, fail: (error: OperatingError) => void) {
    this.partitions = partitions;
    this.commits = commits;
    this.pump = new Pump(fail);
    this.#table = table;
  }

  join(subscription: Subscription): LaneConsumer {
    const consumer = new EmbeddedConsumer(this, subscription);
    const members = this.#members.get(consumer.group) ?? [];
    members.at(-1)?.loseLanes();
    this.#members.set(consumer.group, [...members, consumer]);
    consumer.takeLanes();
    return consumer;
  }

  leave(consumer: EmbeddedConsumer): void {
    const members = this.#members.get(consumer.group) ?? [];
    const others = members.filter((member) => member !== consumer);
    this.#members.set(consumer.group, others);
    if (members.at(-1) === consumer) others.at(-1)?.takeLanes();
  }

  attach(input: Input): void {
    this.#readers.set(input.partition, [...(this.#readers.get(input.partition) ?? []), input]);
  }

  detach(input: Input): void {
    const others = (this.#readers.get(input.partition) ?? []).filter((other) => other !== input);
    this.#readers.set(input.partition, others);
  }

  /** Wakes those who wait for new records. */
  appended(partition: Partition): void {
    for (const input of this.#readers.get(partition) ?? []) input.wake();
  }

  /** The records of one block from offset `from` on; undefined at the end. */
  chunk(partition: Partition, from: Offset): Chunk | undefined {
    return this.#table.chunk(partition, from);
  }

  end(partition: Partition): Offset {
    return this.#table.end(partition);
  }

  close(): void {
    this.pump.close();
  }
}
