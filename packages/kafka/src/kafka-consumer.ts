import type { Committed, Lane, LaneConsumer, LaneHandler, Offset, Subscription, Topic } from '@tidemark/stream';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { type ConsumerOptions, consumerSettings } from './consumer-settings.ts';
import type { Diagnostics } from './diagnostics.ts';
import { asLogError } from './kafka-error.ts';
import type { KafkaReader } from './kafka-reader.ts';
import { asLogRecord } from './log-record.ts';
import type { Names } from './names.ts';
import { type Places, SharedCommit } from './shared-commit.ts';
import { asUndecodableBatch, type Undecodable } from './undecodable.ts';

/** What kafkajs tells of a join; the generation it tells since it is patched. */
interface JoinPayload {
  readonly memberId: string;
  readonly generationId: number;
  readonly memberAssignment: Readonly<Record<string, readonly Lane[]>>;
}

/** With what kafkajs says besides since it is patched; null for a batch as it should be. */
type PatchedBatch = EachBatchPayload['batch'] & { readonly undecodable: Undecodable | null };

/** One topic's lane as this member reads it. */
interface Input {
  /** The next offset to deliver; null before the first seek, and behind what cannot be decoded. */
  position: Offset | null;
  paused: boolean;
}

/**
 * A member of a group that owns whole lanes. kafkajs awaits nothing on assignment and forgets positions on every re-join:
 * so each input is paused in the very event of the join, and resumed by its first seek. Nothing is committed but by
 * `commit`: kafkajs would commit on a seek, and jump and commit where a place is outside the log.
 */
export class KafkaConsumer implements LaneConsumer {
  readonly #consumer: Consumer;
  readonly #group: string;
  readonly #topics: readonly Topic[];
  readonly #handler: LaneHandler;
  readonly #reader: KafkaReader;
  readonly #names: Names;
  readonly #diagnostics: Diagnostics;
  readonly #failed: (error: Error) => void;
  readonly #joined = Promise.withResolvers<void>();
  #inputs: ReadonlyMap<Lane, ReadonlyMap<Topic, Input>> = new Map();
  #memberId = '';
  #generationId = -1;
  /** False while kafkajs has no member to pause or seek on. */
  #isMember = false;
  #isClosed = false;
  readonly #commits = new SharedCommit((places) => this.#commitTogether(places));

  private constructor(
    consumer: Consumer,
    subscription: Subscription,
    reader: KafkaReader,
    names: Names,
    diagnostics: Diagnostics,
  ) {
    this.#consumer = consumer;
    this.#group = names.group(subscription.group);
    this.#topics = subscription.topics;
    this.#handler = subscription.handler;
    this.#reader = reader;
    this.#names = names;
    this.#diagnostics = diagnostics;
    this.#failed = subscription.failed ?? crash;
  }

  /** Resolves once joined. */
  static async join(
    kafka: Kafka,
    subscription: Subscription,
    options: ConsumerOptions,
    reader: KafkaReader,
    names: Names,
    diagnostics: Diagnostics,
  ): Promise<KafkaConsumer> {
    let member: KafkaConsumer | undefined;
    const consumer = kafka.consumer({
      ...consumerSettings(subscription, options, names),
      // It would start again after `close`, if that came between a crash and its repair.
      retry: { restartOnFailure: async () => member === undefined || !member.#isClosed },
    });
    member = new KafkaConsumer(consumer, subscription, reader, names, diagnostics);
    try {
      await member.#start();
    } catch (error) {
      await member.close().catch(() => undefined);
      throw asLogError(error, `joining group ${member.#group}`);
    }
    return member;
  }

  async #start(): Promise<void> {
    const { events } = this.#consumer;
    this.#consumer.on(events.GROUP_JOIN, ({ payload }) => this.#assign(payload as unknown as JoinPayload));
    this.#consumer.on(events.STOP, () => this.#leave());
    this.#consumer.on(events.CRASH, ({ payload }) => {
      this.#leave();
      if (!payload.restart) this.#fail(payload.error);
    });
    await this.#consumer.connect();
    // From the beginning, for one case: a place outside the log. kafkajs then jumps, and a jump to the start shows.
    const topics = this.#topics.map((topic) => this.#names.topic(topic));
    await this.#consumer.subscribe({ topics, fromBeginning: true });
    const eachBatch = async (payload: EachBatchPayload): Promise<void> => this.#deliver(payload);
    await this.#consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch });
    await this.#joined.promise;
  }

  /**
   * In the event of a join, before anything can be fetched: see the class. A lane that was this member's in the generation
   * before, or is still so in the same one, can have had no other owner: it goes on where it is. All others begin anew.
   */
  #assign({ memberId, generationId, memberAssignment }: JoinPayload): void {
    if (this.#isClosed) return;
    this.#isMember = true;
    const lanes = Object.values(memberAssignment)[0] ?? [];
    const isNext = memberId === this.#memberId && [0, 1].includes(generationId - this.#generationId);
    const before = this.#inputs;
    this.#memberId = memberId;
    this.#generationId = generationId;
    this.#inputs = new Map(lanes.map((lane) => [lane, (isNext ? before.get(lane) : undefined) ?? this.#freshInputs()]));
    this.#consumer.pause(this.#topics.map((topic) => ({ topic: this.#names.topic(topic), partitions: [...lanes] })));
    for (const lane of before.keys()) if (!this.#inputs.has(lane)) this.#handler.revoked(lane);
    for (const [lane, inputs] of this.#inputs) {
      if (before.get(lane) === inputs) this.#goOn(lane, inputs);
      else this.#handler.assigned(lane, this);
    }
    this.#joined.resolve();
  }

  /** kafkajs has forgotten where it was. */
  #goOn(lane: Lane, inputs: ReadonlyMap<Topic, Input>): void {
    for (const [topic, { position }] of inputs) if (position !== null) this.seek(topic, lane, position);
  }

  #freshInputs(): ReadonlyMap<Topic, Input> {
    return new Map(this.#topics.map((topic) => [topic, { position: null, paused: false }]));
  }

  /** The member is gone, to come back or not. */
  #leave(): void {
    this.#isMember = false;
    const lanes = [...this.#inputs.keys()];
    this.#inputs = new Map();
    if (this.#isClosed) return;
    for (const lane of lanes) this.#handler.revoked(lane);
  }

  #fail(error: Error): void {
    const failure = asLogError(error, `consuming as a member of group ${this.#group}`);
    const told = failure instanceof Error ? failure : error;
    this.#joined.promise.then(
      () => {
        if (!this.#isClosed) this.#failed(told);
      },
      () => {},
    );
    this.#joined.reject(told);
  }

  /** Only enqueues: kafkajs fetches nothing more of this broker until it returns. */
  #deliver({ batch, resolveOffset, isStale }: EachBatchPayload): void {
    const topic = this.#names.plainTopic(batch.topic);
    const lane = batch.partition;
    const input = this.#inputs.get(lane)?.get(topic);
    if (input === undefined || input.position === null || input.paused || this.#isClosed || isStale()) return;
    const records = batch.messages.map(asLogRecord);
    const [first, last] = [records[0], records.at(-1)];
    if (first === undefined || last === undefined) {
      const { undecodable } = batch as PatchedBatch;
      if (undecodable !== null) this.#block(topic, lane, input, input.position, undecodable);
      return;
    }
    if (first.offset < input.position) {
      this.#goBack(topic, lane, input, input.position);
      return;
    }
    // Later than expected: the log has lost records. The handler sees it by the first offset, and acquires anew.
    input.position = last.offset + 1;
    this.#handler.batch(topic, lane, records);
    resolveOffset(batch.messages.at(-1)?.offset ?? '');
  }

  /** Not fetched again before the next seek. What comes before it in the same answer is delivered by itself, and first. */
  #block(topic: Topic, lane: Lane, input: Input, position: Offset, found: Undecodable): void {
    const fault = asUndecodableBatch(topic, lane, position, found);
    if (fault.place.next !== null && fault.place.next <= position) {
      this.#goBack(topic, lane, input, position);
      return;
    }
    input.position = null;
    this.#pauseInKafka(topic, lane);
    if (this.#handler.blocked === undefined) crash(fault);
    else this.#handler.blocked(topic, lane, fault);
  }

  /**
   * Records from before the position: left over from before a seek, or kafkajs jumped to the start because the log no
   * longer reaches so far. In the second case the lane acquires anew, and finds the fault.
   */
  #goBack(topic: Topic, lane: Lane, input: Input, position: Offset): void {
    const isCurrent = (): boolean => this.#inputs.get(lane)?.get(topic) === input && input.position === position;
    this.#pauseInKafka(topic, lane);
    this.#reader.bounds(topic, lane).then(
      ({ end }) => {
        if (!isCurrent() || this.#isClosed) return;
        if (position <= end) return this.seek(topic, lane, position);
        this.#diagnostics.error({ topic, lane, position, end }, 'the log ends before the place of its reader');
        this.#inputs = new Map([...this.#inputs, [lane, this.#freshInputs()]]);
        this.#handler.assigned(lane, this);
      },
      () => {
        if (isCurrent()) this.seek(topic, lane, position);
      },
    );
  }

  seek(topic: Topic, lane: Lane, offset: Offset): void {
    const input = this.#input(topic, lane);
    if (input === undefined) return;
    input.position = offset;
    this.#consumer.seek({ topic: this.#names.topic(topic), partition: lane, offset: String(offset) });
    if (!input.paused) this.#resumeInKafka(topic, lane);
  }

  pause(topic: Topic, lane: Lane): void {
    const input = this.#input(topic, lane);
    if (input === undefined) return;
    input.paused = true;
    this.#pauseInKafka(topic, lane);
  }

  resume(topic: Topic, lane: Lane): void {
    const input = this.#input(topic, lane);
    if (input === undefined) return;
    input.paused = false;
    if (input.position !== null) this.#resumeInKafka(topic, lane);
  }

  committed(lane: Lane): Promise<ReadonlyMap<Topic, Committed>> {
    return this.#reader.committed(this.#group, this.#topics, lane);
  }

  /** A lane that is not this member's (any more) commits nothing. */
  commit(lane: Lane, places: Places): Promise<void> {
    return this.#commits.add(lane, places);
  }

  async #commitTogether(places: ReadonlyMap<Lane, Places>): Promise<void> {
    const lanes = [...places].filter(([lane]) => this.#inputs.has(lane));
    if (!this.#isMember || lanes.length === 0) return;
    const ofLane = ([lane, inputs]: [Lane, Places]) =>
      [...inputs].map(([topic, { offset, metadata }]) => {
        return { topic: this.#names.topic(topic), partition: lane, offset: String(offset), metadata };
      });
    try {
      await this.#consumer.commitOffsets(lanes.flatMap(ofLane));
    } catch (error) {
      throw asLogError(error, `committing for group ${this.#group}`);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    try {
      await this.#consumer.disconnect();
    } catch (error) {
      throw asLogError(error, `leaving group ${this.#group}`);
    }
  }

  /** Undefined for a lane that is not this member's (any more): such a call comes late, and does nothing. */
  #input(topic: Topic, lane: Lane): Input | undefined {
    return this.#isMember && !this.#isClosed ? this.#inputs.get(lane)?.get(topic) : undefined;
  }

  #pauseInKafka(topic: Topic, lane: Lane): void {
    this.#consumer.pause([{ topic: this.#names.topic(topic), partitions: [lane] }]);
  }

  #resumeInKafka(topic: Topic, lane: Lane): void {
    this.#consumer.resume([{ topic: this.#names.topic(topic), partitions: [lane] }]);
  }
}

/** Nobody asked to be told: a consumer that ends in silence would be worse. */
function crash(error: Error): void {
  process.nextTick(() => {
    throw error;
  });
}
