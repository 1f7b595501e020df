import type {
  Appended,
  Committed,
  EventLog,
  Lane,
  LaneConsumer,
  LogRecord,
  NewRecord,
  Offset,
  Subscription,
  Topic,
} from '@tidemark/stream';

/** A log of one lane in memory, for loops that run on a real store. Each group's members all get the lane. */
export class MemoryLog implements EventLog {
  readonly lanes = 1;
  readonly #topics = new Map<Topic, LogRecord[]>();
  readonly #committed = new Map<string, Map<Topic, Committed>>();
  readonly #wake = new Set<() => void>();

  records(topic: Topic): readonly LogRecord[] {
    return this.#recordsOf(topic);
  }

  append(topic: Topic, records: readonly NewRecord[]): Appended {
    const stored = this.#recordsOf(topic);
    const baseOffset = stored.length;
    for (const record of records) stored.push({ ...record, offset: stored.length, appendedAtMs: 0 });
    for (const wake of this.#wake) wake();
    return { baseOffset, appendedAtMs: 0 };
  }

  async writer() {
    return {
      send: async (topic: Topic, _lane: Lane, records: readonly NewRecord[]) => this.append(topic, records),
      close: async () => {},
    };
  }

  async bounds(topic: Topic) {
    return { start: 0, end: this.#recordsOf(topic).length };
  }

  async read(topic: Topic, _lane: Lane, from: Offset, limit: number): Promise<readonly LogRecord[]> {
    return this.#recordsOf(topic).slice(from, from + limit);
  }

  async consume({ group, handler }: Subscription): Promise<LaneConsumer> {
    const committed = this.#committed.get(group) ?? new Map<Topic, Committed>();
    this.#committed.set(group, committed);
    const next = new Map<Topic, Offset>();
    let scheduled = false;
    const deliver = (): void => {
      scheduled = false;
      for (const [topic, from] of next) {
        const batch = this.#recordsOf(topic).slice(from, from + 20);
        if (batch.length === 0) continue;
        next.set(topic, from + batch.length);
        handler.batch(topic, 0, batch);
        wake();
      }
    };
    const wake = (): void => {
      if (scheduled) return;
      scheduled = true;
      setImmediate(deliver);
    };
    this.#wake.add(wake);
    const consumer: LaneConsumer = {
      seek: (topic, _lane, offset) => {
        next.set(topic, offset);
        wake();
      },
      pause: () => {},
      resume: () => {},
      committed: async () => committed,
      commit: async (_lane, places) => {
        for (const [topic, place] of places) committed.set(topic, place);
      },
      close: async () => {
        this.#wake.delete(wake);
        next.clear();
      },
    };
    setImmediate(() => handler.assigned(0, consumer));
    return consumer;
  }

  #recordsOf(topic: Topic): LogRecord[] {
    const records = this.#topics.get(topic) ?? [];
    this.#topics.set(topic, records);
    return records;
  }
}
