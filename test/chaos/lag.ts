import { setTimeout as sleep } from 'node:timers/promises';
import { RAW_TOPICS, topicName } from '@tidemark/contracts';
import { foldServices } from '@tidemark/pipeline';
import type { RedisStore } from '@tidemark/redis';
import { type LaneMeta, nextTimelineOffset } from '@tidemark/stream';
import type { Admin } from 'kafkajs';

/** The end of each raw topic's lane, as `topic/lane`, that is to be folded. */
export type RawEnds = ReadonlyMap<string, number>;

export interface LagOptions {
  /** Both reach the servers directly: what disturbs the services must not disturb who watches them. */
  readonly admin: Admin;
  readonly store: RedisStore;
  readonly namespace: string;
  readonly lanes: number;
}

const POLL_MS = 100;
/** So long an answer is waited for: a server that was killed a moment ago may not give one. */
const ANSWER_MS = 5_000;

/** Looks from outside at how far the pipeline has come. */
export class Lag {
  readonly #options: LagOptions;

  constructor(options: LagOptions) {
    this.#options = options;
  }

  /**
   * Waits until all of `goal` is on the timeline and every service has folded it: how long that took, ms; null if it did
   * not within `withinMs`.
   */
  async caughtUp(goal: RawEnds, withinMs: number): Promise<number | null> {
    let timelineEnds: readonly number[] | null = null;
    return this.#poll(withinMs, async () => {
      if (timelineEnds === null && (await this.#isUnified(goal))) timelineEnds = await this.#timelineEnds();
      return timelineEnds !== null && this.#isFolded(timelineEnds);
    });
  }

  /** The same for a timeline that nobody writes to any more: all of it is folded. */
  async foldedWhole(withinMs: number): Promise<number | null> {
    return this.#poll(withinMs, async () => this.#isFolded(await this.#timelineEnds()));
  }

  /** What is not folded, for people. */
  async describe(): Promise<string[]> {
    const [ends, places] = await answered(Promise.all([this.#timelineEnds(), this.#places()]));
    return places.map((place, lane) => {
      const behind = foldServices.map(({ name }) => `${name} ${(ends[lane] ?? 0) - (place.get(name) ?? 0)}`);
      return `lane ${lane}: the timeline ends at ${ends[lane]}; records behind: ${behind.join(', ')}`;
    });
  }

  async #poll(withinMs: number, isReached: () => Promise<boolean>): Promise<number | null> {
    const startedAt = performance.now();
    while (performance.now() - startedAt < withinMs) {
      // Servers that do not answer yet are part of what is waited for.
      if (await answered(isReached()).catch(() => false)) return performance.now() - startedAt;
      await sleep(POLL_MS);
    }
    return null;
  }

  async #isFolded(ends: readonly number[]): Promise<boolean> {
    const places = await this.#places();
    return places.every((place, lane) => foldServices.every(({ name }) => (place.get(name) ?? 0) >= (ends[lane] ?? 0)));
  }

  /** The next timeline offset of each service, by lane. */
  async #places(): Promise<readonly ReadonlyMap<string, number>[]> {
    const { lanes, store } = this.#options;
    return Promise.all(
      Array.from({ length: lanes }, async (_, lane) => {
        const metas = await store.metas(lane);
        return new Map([...metas].map(([name, json]) => [name, nextTimelineOffset(JSON.parse(json) as LaneMeta)]));
      }),
    );
  }

  async #timelineEnds(): Promise<readonly number[]> {
    const { admin, namespace, lanes } = this.#options;
    const partitions = await admin.fetchTopicOffsets(topicName(namespace, 'timeline'));
    return Array.from({ length: lanes }, (_, lane) => {
      return Number(partitions.find(({ partition }) => partition === lane)?.high ?? 0);
    });
  }

  /** Whether unify has committed what it made of all this. */
  async #isUnified(goal: RawEnds): Promise<boolean> {
    const { admin, namespace } = this.#options;
    const topics = RAW_TOPICS.map((topic) => topicName(namespace, topic));
    const committed = await admin.fetchOffsets({ groupId: `${namespace}.unify`, topics });
    const next = new Map<string, number>();
    for (const { topic, partitions } of committed) {
      for (const { partition, offset } of partitions) next.set(`${topic}/${partition}`, Number(offset));
    }
    return [...goal].every(([place, end]) => (next.get(`${namespace}.${place}`) ?? -1) >= end);
  }
}

async function answered<Answer>(answer: Promise<Answer>): Promise<Answer> {
  const late = sleep(ANSWER_MS, undefined, { ref: false }).then(() => {
    throw new Error(`no answer within ${ANSWER_MS} ms`);
  });
  late.catch(() => undefined);
  return Promise.race([answer, late]);
}
