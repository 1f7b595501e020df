import { type CustomerId, compareCustomerIds, type Policy } from '@tidemark/domain';
import Denque from 'denque';
import { Fault } from '../errors.ts';
import type { ScoreChange } from '../folds/lane-fold.ts';
import type { LaneMeta, Place } from '../lane/lane-meta.ts';
import type { JoinedRecord } from '../lane/record-steps.ts';
import type { Lane, LaneConsumer, LogRecord, Offset, Topic } from '../ports/event-log.ts';
import type { TimelineReader, TimelineRecord } from '../timeline-record.ts';
import type { ToldTopic } from '../versions/find-version.ts';
import { VersionRule } from '../versions/version-rule.ts';
import { type InputBounds, LaneInput } from './lane-input.ts';
import type { InputPlace, LaneSource } from './lane-source.ts';
import { nextTimelineOffset } from './timeline-source.ts';

/**
 * A record of a score's change topic: a change, the word that all outputs up to an offset are acknowledged, or the mark
 * from which on a version of the score tells.
 */
export type ScoreRecord =
  | { readonly kind: 'change'; readonly version: number; readonly change: ScoreChange }
  | {
      readonly kind: 'progress';
      readonly version: number;
      readonly timelineOffset: Offset;
      /** Of the last change before it; null where that is not told. */
      readonly number: number | null;
    }
  | { readonly kind: 'marker'; readonly version: number };

export type ScoreReader = (score: string, record: LogRecord) => ScoreRecord;

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

  place(consumer: LaneConsumer, meta: LaneMeta, places: ReadonlyMap<Topic, InputPlace>): void {
    this.#timeline.seek(consumer, nextTimelineOffset(meta));
    this.#begin = (score) => score.place(consumer, places.get(score.topic) ?? TOPIC_START);
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

interface ScoreItem<Content = ScoreRecord> {
  readonly offset: Offset;
  readonly content: Content;
}

/** With the version in force where it stands. */
type KeptItem = ScoreItem<Claim> & { readonly inForce: number };

/** What a record says of the timeline. */
type Claim = Exclude<ScoreRecord, { readonly kind: 'marker' }>;

/** One score's change topic: what the rule of versions takes of it, kept until its timeline offset is folded. */
class ScoreInput {
  readonly score: string;
  readonly #input: LaneInput<ScoreItem>;
  /** Changes and progress not yet folded, in order of the claim each makes about the timeline. */
  readonly #kept = new Denque<KeptItem>();
  #taken = 0;
  #rule = new VersionRule();
  #foldedNumber = 0;
  #knownThrough = -1;
  #fault: Fault | null = null;

  constructor(score: string, input: LaneInput<ScoreItem>) {
    this.score = score;
    this.#input = input;
  }

  get topic(): Topic {
    return this.#input.topic;
  }

  get hasGap(): boolean {
    return this.#input.hasGap;
  }

  /** Why nothing can come behind what has arrived. */
  get fault(): Fault | null {
    return this.#input.fault;
  }

  block(fault: Fault): void {
    this.#input.block(fault);
  }

  /** The timeline offset up to which every change of this score is here. */
  get knownThrough(): Offset {
    return this.#knownThrough;
  }

  place(consumer: LaneConsumer, { offset, number, version }: InputPlace): void {
    this.#kept.clear();
    this.#taken = 0;
    this.#rule = new VersionRule(number, version);
    this.#foldedNumber = number;
    this.#knownThrough = -1;
    this.#fault = null;
    this.#input.seek(consumer, offset);
  }

  /** True if a change came that was not here before. */
  push(records: readonly LogRecord[]): boolean {
    const before = this.#rule.number;
    this.#input.push(records);
    this.#takeArrived();
    this.#trim();
    return this.#rule.number !== before;
  }

  #takeArrived(): void {
    for (; this.#taken < this.#input.length; this.#taken++) this.#take(this.#input.at(this.#taken) as ScoreItem);
  }

  get isFaulty(): boolean {
    return this.#fault !== null;
  }

  check(): void {
    if (this.#fault !== null) throw this.#fault;
  }

  pause(): void {
    this.#input.pause();
  }

  resume(): void {
    this.#input.resume();
  }

  /** Adds the changes at this timeline offset. */
  collect(offset: Offset, into: ScoreChange[]): void {
    for (let i = this.#firstAtOrAfter(offset); i < this.#kept.length; i++) {
      const { content } = this.#kept.peekAt(i) as KeptItem;
      if (claimOf(content) > offset) break;
      if (content.kind === 'change') into.push(content.change);
    }
  }

  /** Adds whom changes from this timeline offset on concern, as long as there are fewer than `limit`. */
  addCustomers(offset: Offset, into: Set<CustomerId>, limit: number): void {
    for (let i = this.#firstAtOrAfter(offset); i < this.#kept.length && into.size < limit; i++) {
      const { content } = this.#kept.peekAt(i) as KeptItem;
      if (content.kind === 'change') into.add(content.change.customerId);
    }
  }

  folded(place: Place): void {
    for (let item = this.#kept.peekFront(); item !== undefined; item = this.#kept.peekFront()) {
      if (!isFolded(item.content, place)) break;
      if (item.content.kind === 'change') this.#foldedNumber = item.content.change.number;
      this.#kept.shift();
    }
    this.#trim();
  }

  /** Frees the input of what is folded or was dropped. */
  #trim(): void {
    const needed = this.#kept.peekFront()?.offset ?? this.#input.next;
    let done = 0;
    while (done < this.#taken && (this.#input.at(done) as ScoreItem).offset < needed) done++;
    this.#taken -= done;
    this.#input.shift(done);
  }

  hint(place: Place): InputPlace {
    let number = this.#foldedNumber;
    for (let i = 0; i < this.#kept.length; i++) {
      const { offset, content, inForce } = this.#kept.peekAt(i) as KeptItem;
      if (!isFolded(content, place)) return { offset, number, version: inForce };
      if (content.kind === 'change') number = content.change.number;
    }
    return { offset: this.#input.next, number, version: this.#rule.version };
  }

  #take(item: ScoreItem): void {
    const { offset, content } = item;
    const { number: last, version: inForce } = this.#rule;
    if (content.kind === 'marker') {
      this.#rule.takeMarker(content.version);
      return;
    }
    if (content.kind === 'progress') {
      const verdict = this.#rule.takeProgress(content.version, content.number);
      if (verdict === 'gap') {
        this.#skip(item, `no change after number ${last}`, `progress that counts ${content.number}`);
        return;
      }
      if (verdict === 'dropped' || content.timelineOffset <= this.#knownThrough) return;
      this.#knownThrough = content.timelineOffset;
      this.#kept.push({ offset, content, inForce });
      return;
    }
    const { number, timelineOffset } = content.change;
    const verdict = this.#rule.takeChange(content.version, number);
    if (verdict === 'gap') this.#skip(item, `change number ${last + 1}`, String(number));
    if (verdict !== 'taken') return;
    this.#knownThrough = Math.max(this.#knownThrough, timelineOffset - 1);
    this.#kept.push({ offset, content, inForce });
  }

  #skip({ offset }: ScoreItem, expected: string, found: string): void {
    this.#fault ??= new Fault(
      'output-skipped',
      `${this.topic} at offset ${offset}: expected ${expected}, found ${found}. A change of ${this.score} is missing ` +
        `from the log: make ${this.topic} anew and rebuild ${this.score}, as the runbook says (output-skipped).`,
    );
  }

  #firstAtOrAfter(offset: Offset): number {
    let low = 0;
    let high = this.#kept.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (claimOf((this.#kept.peekAt(middle) as KeptItem).content) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The timeline offset that a record is about. */
function claimOf(content: Claim): Offset {
  return content.kind === 'change' ? content.change.timelineOffset : content.timelineOffset;
}

function isFolded(content: Claim, place: Place): boolean {
  const claim = claimOf(content);
  return place.cursor === null ? claim <= place.offset : claim < place.offset;
}
