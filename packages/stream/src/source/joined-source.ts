import { type CustomerId, compareCustomerIds, type Policy } from '@tidemark/domain';
import { Fault } from '../errors.ts';
import type { ScoreChange } from '../folds/lane-fold.ts';
import type { LaneMeta, Place } from '../lane/lane-meta.ts';
import type { JoinedRecord } from '../lane/record-steps.ts';
import type { Lane, LaneConsumer, LogRecord, Offset, Topic } from '../ports/event-log.ts';
import type { TimelineReader, TimelineRecord } from '../timeline-record.ts';
import type { ToldTopic } from '../versions/find-version.ts';
import { type InputBounds, LaneInput } from './lane-input.ts';
import type { InputPlace, LaneSource } from './lane-source.ts';
import { ScoreInput, type ScoreReader } from './score-input.ts';
import { nextTimelineOffset } from './timeline-source.ts';

/** Scores that a fold waits for, and how their changes are read. */
export interface Joins {
  /** By change topic. */
  readonly scores: ReadonlyMap<Topic, string>;
  readonly reader: ScoreReader;
  readonly toldTopics: ReadonlyMap<Topic, ToldTopic>;
  /** Whether the score is folded under the policy (null: before the first), and so is waited for. What is on stays on. */
  isOn(score: string, policy: Policy | null): boolean;
}

/**
 * The source of tier: the timeline joined with every score's changes at the same timeline offset. A record is ready
 * once each score that is on has shown progress to it, or a change beyond it, so a tier is decided from scores of one
 * moment, whatever the chunks and whoever is faster. The topic of a score that is off is not read; from the policy on that
 * switches the score on, that record included, it is waited for.
 */
export class JoinedSource implements LaneSource {
  readonly #timeline: LaneInput<TimelineRecord>;
  /** In order of the causes of a change. */
  readonly #all: readonly ScoreInput[];
  /** Those that are on, in the same order. */
  #scores: readonly ScoreInput[] = [];
  readonly #reader: TimelineReader;
  readonly #isOn: Joins['isOn'];
  /** Where inputs begin: also that of a score which is switched on later. */
  #begin: ((score: ScoreInput) => void) | null = null;
  /** The last policy that was looked at. */
  #policyAt: Offset = -1;

  constructor(
    timeline: Topic,
    { scores, reader: scoreReader, isOn }: Joins,
    lane: Lane,
    consumer: LaneConsumer,
    bounds: InputBounds,
    reader: TimelineReader,
  ) {
    this.#reader = reader;
    this.#isOn = isOn;
    this.#timeline = new LaneInput(timeline, lane, consumer, bounds, (record) => reader.record(record));
    this.#all = [...scores].map(
      ([topic, score]) =>
        new ScoreInput(
          score,
          new LaneInput(topic, lane, consumer, bounds, (record) => ({
            offset: record.offset,
            content: scoreReader(score, record),
          })),
        ),
    );
  }

  seek(consumer: LaneConsumer, meta: LaneMeta, places: ReadonlyMap<Topic, InputPlace>): void {
    this.#timeline.seek(consumer, nextTimelineOffset(meta));
    this.#begin = (score) => score.seek(consumer, places.get(score.topic) ?? TOPIC_START);
    const { policy } = meta;
    const inForce = policy === null ? null : this.#reader.policyOf(policy.document, policy.format ?? 1);
    this.#scores = this.#all.filter(({ score }) => this.#isOn(score, inForce));
    this.#policyAt = -1;
    for (const score of this.#all) {
      this.#begin(score);
      if (!this.#scores.includes(score)) score.pause();
    }
  }

  push(topic: Topic, records: readonly LogRecord[]): boolean {
    let hasChange = false;
    if (topic === this.#timeline.topic) this.#timeline.push(records);
    else for (const score of this.#scores) if (score.topic === topic) hasChange = score.push(records);
    this.#lookAtPolicy();
    this.#keepAwaitedInputsOpen();
    // What can go on, what has to start anew, and what cannot go on: each is for the loop to see.
    if (hasChange || this.hasGap || this.fault !== null || this.#scores.some((score) => score.isFaulty)) return true;
    const first = this.#timeline.at(0);
    return first !== undefined && this.#scores.every((score) => score.knownThrough >= first.offset);
  }

  block(topic: Topic, fault: Fault): void {
    if (topic === this.#timeline.topic) this.#timeline.block(fault);
    for (const score of this.#all) if (score.topic === topic) score.block(fault);
  }

  ready(limit: number): readonly JoinedRecord[] {
    for (const score of this.#scores) score.check();
    const ready: JoinedRecord[] = [];
    const knownThrough = this.#knownThrough;
    for (let i = 0; i < limit; i++) {
      const record = this.#timeline.at(i);
      if (record === undefined || record.offset > knownThrough) break;
      // It may switch on a score whose changes are still to come.
      if (i > 0 && record.type === 'policy') break;
      ready.push({ record, changes: this.#changesAt(record.offset) });
    }
    this.#keepAwaitedInputsOpen();
    return ready;
  }

  coming(limit: number): ReadonlySet<CustomerId> {
    const customers = new Set<CustomerId>();
    const from = this.#knownThrough + 1;
    for (const score of this.#scores) score.addCustomers(from, customers, limit);
    return customers;
  }

  folded(place: Place, recordsDone: number): void {
    this.#timeline.shift(recordsDone);
    for (const score of this.#scores) score.folded(place);
    this.#lookAtPolicy();
    this.#keepAwaitedInputsOpen();
  }

  hints(place: Place): Readonly<Record<Topic, InputPlace>> {
    return Object.fromEntries(this.#scores.map((score) => [score.topic, score.hint(place)]));
  }

  waitsFor(): readonly Topic[] {
    const first = this.#timeline.at(0);
    if (first === undefined) return [];
    return this.#scores.filter((score) => score.knownThrough < first.offset).map((score) => score.topic);
  }

  get isFull(): boolean {
    return this.#timeline.isPaused;
  }

  /** Once all that is here is used, whoever is slower: the first record waits for what cannot come, or there is none. */
  get fault(): Fault | null {
    const first = this.#timeline.at(0);
    if (first === undefined) return this.#timeline.fault;
    return this.#scores.find((score) => score.fault !== null && score.knownThrough < first.offset)?.fault ?? null;
  }

  get hasGap(): boolean {
    return this.#timeline.hasGap || this.#scores.some((score) => score.hasGap);
  }

  /** Looks at a policy once all before it is folded. One that cannot be read stops the fold, which says why. */
  #lookAtPolicy(): void {
    const first = this.#timeline.at(0);
    if (first?.type !== 'policy' || first.offset === this.#policyAt) return;
    this.#policyAt = first.offset;
    try {
      this.#switchOn(this.#reader.policy(first).policy);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
    }
  }

  /** What is on stays on. */
  #switchOn(policy: Policy): void {
    const before = this.#scores;
    this.#scores = this.#all.filter((score) => before.includes(score) || this.#isOn(score.score, policy));
    // What came of it until now was not taken.
    for (const score of this.#scores) if (!before.includes(score)) this.#begin?.(score);
  }

  /** The timeline offset up to which every change of every score that is on is here. */
  get #knownThrough(): Offset {
    return Math.min(...this.#scores.map((score) => score.knownThrough));
  }

  /** An input that the join waits for is never paused, whatever it holds already. */
  #keepAwaitedInputsOpen(): void {
    const first = this.#timeline.at(0);
    if (first === undefined) {
      this.#timeline.resume();
      return;
    }
    for (const score of this.#scores) if (score.knownThrough < first.offset) score.resume();
  }

  #changesAt(offset: Offset): readonly ScoreChange[] {
    const changes: ScoreChange[] = [];
    for (const score of this.#scores) score.collect(offset, changes);
    return changes.length < 2
      ? changes
      : changes.sort((a, b) => a.effectiveAt - b.effectiveAt || compareCustomerIds(a.customerId, b.customerId));
  }
}

const TOPIC_START: InputPlace = { offset: 0, number: 0, version: 0 };
