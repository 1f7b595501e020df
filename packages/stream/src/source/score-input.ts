import type { CustomerId } from '@tidemark/domain';
import Denque from 'denque';
import { Fault } from '../errors.ts';
import type { ScoreChange } from '../folds/lane-fold.ts';
import type { Place } from '../lane/lane-meta.ts';
import type { LaneConsumer, LogRecord, Offset, Topic } from '../ports/event-log.ts';
import { VersionRule } from '../versions/version-rule.ts';
import type { LaneInput } from './lane-input.ts';
import type { InputPlace } from './lane-source.ts';

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

export interface ScoreItem<Content = ScoreRecord> {
  readonly offset: Offset;
  readonly content: Content;
}

/** With the version in force where it stands. */
type KeptItem = ScoreItem<Claim> & { readonly inForce: number };

/** What a record says of the timeline. */
type Claim = Exclude<ScoreRecord, { readonly kind: 'marker' }>;

/** One score's change topic: what the rule of versions takes of it, kept until its timeline offset is folded. */
export class ScoreInput {
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

  seek(consumer: LaneConsumer, { offset, number, version }: InputPlace): void {
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
