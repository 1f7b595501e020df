import {
  type CustomerId,
  type EffectNote,
  Noted,
  Rejection,
  type Score,
  type TimelineEvent,
  type TimeMs,
  type View,
  WAITED_IN_VAIN,
} from '@tidemark/domain';
import type {
  Cause,
  Cutover,
  FoldDeadLetter,
  Lane,
  PolicyInForce,
  RefusedRecord,
  ScoreChange,
  ScoreEncoding,
  StepPhase,
  TimelineReader,
  TimelineRecord,
} from '@tidemark/stream';
import { deadLetterOutput, type Emit, inOrder, poisonDetail, refusedRecord } from './output.ts';
import type { PlainScoreWiring } from './plain-fold.ts';
import { PlainTimers } from './timers.ts';
import { PlainStand } from './told.ts';

interface Facet {
  readonly state: unknown;
  readonly view: View | null;
  readonly noted?: Readonly<Record<string, readonly (number | string)[]>>;
}

type Letter = Pick<FoldDeadLetter, 'reason' | 'detail' | 'refused'>;

interface Step {
  readonly customerId: CustomerId;
  readonly at: TimeMs;
  readonly phase: StepPhase;
  readonly event: TimelineEvent | null;
  /** What the policy until then had for the score, at a step of a new one; undefined at any other. */
  readonly before?: unknown;
  readonly cause: Cause;
}

/** One score over one lane's timeline, plainly. */
export class PlainScore {
  readonly facets = new Map<CustomerId, Facet>();
  readonly #score: Score<unknown, unknown, View>;
  readonly #encoding: ScoreEncoding<View>;
  readonly #stand: PlainStand;
  readonly #toldBefore: PlainScoreWiring['toldBefore'];
  readonly #tellsThrough: number;
  readonly #lane: Lane;
  readonly #reader: TimelineReader;
  readonly #emit: Emit;
  readonly #timers = new PlainTimers();
  #parameters: unknown = null;
  #number = 0;

  constructor(
    { score, encoding, firstVersion = score.version, toldBefore, tellsThrough = Infinity }: PlainScoreWiring,
    lane: Lane,
    reader: TimelineReader,
    emit: Emit,
  ) {
    this.#score = score;
    this.#encoding = encoding;
    this.#stand = new PlainStand(score.name, score.version, firstVersion);
    this.#toldBefore = toldBefore;
    this.#tellsThrough = tellsThrough;
    this.#lane = lane;
    this.#reader = reader;
    this.#emit = emit;
  }

  get name(): string {
    return this.#score.name;
  }

  get stateName(): string {
    return this.#stand.stateName;
  }

  /** All steps of one record: timers that came due, then the record. Returns the changes of views, in order. */
  fold(
    record: TimelineRecord,
    streamTime: TimeMs,
    policy: PolicyInForce | null,
    cutover: Cutover | null,
  ): ScoreChange[] {
    if (this.#stand.endsAt(cutover)) return [];
    const changes: ScoreChange[] = [];
    const step = (one: Step) => this.#step(one, record, changes);
    const silence: Cause = { kind: 'silence', origin: null, eventId: null };
    for (let due = this.#timers.take(streamTime); due !== null; due = this.#timers.take(streamTime)) {
      step({ customerId: due.customerId, at: due.due, phase: 0, event: null, cause: silence });
    }
    if (policy !== null) {
      const before = this.#parameters;
      this.#parameters = this.#score.parametersOf(policy.policy);
      const cause: Cause = { kind: 'policy', origin: record.originText, eventId: null };
      for (const customerId of inOrder(this.facets.keys())) {
        step({ customerId, at: streamTime, phase: 1, event: null, before, cause });
      }
    }
    const { customerId } = record;
    if (customerId !== null && this.#score.eventTypes.some((type) => type === record.type)) {
      const event = this.#reader.event(record);
      const cause: Cause = { kind: 'event', origin: record.originText, eventId: record.eventId };
      step({ customerId, at: streamTime, phase: 1, event, cause });
    }
    const looks = this.#stand.looksAt(cutover);
    this.#stand.passed(policy, cutover);
    if (looks) this.#look(record, streamTime, changes);
    return changes;
  }

  /** What was told last, beside what is seen now; whose timer a poisoned step took has it again. */
  #look(record: TimelineRecord, at: TimeMs, changes: ScoreChange[]): void {
    const before = this.#toldBefore?.();
    if (this.#encoding.changeTopic === null || before === undefined) return;
    this.#number = before.number;
    const cause: Cause = { kind: 'cutover', origin: record.originText, eventId: null };
    for (const customerId of inOrder(new Set([...before.last.keys(), ...this.facets.keys()]))) {
      const told = before.last.get(customerId);
      const from = told !== undefined && 'view' in told ? told.view : null;
      const facet = this.facets.get(customerId);
      if (facet !== undefined) this.#timers.set(customerId, this.#dueAfter(facet.state, at));
      const to = facet?.view ?? null;
      const step: Step = { customerId, at, phase: 1, event: null, cause };
      if (!isSameView(from, to)) this.#publish(step, record, from, to, changes);
    }
  }

  #step(step: Step, record: TimelineRecord, changes: ScoreChange[]): void {
    const { customerId, at } = step;
    const facet = this.facets.get(customerId);
    let after: Facet | null;
    let due: TimeMs | null;
    const letters: Letter[] = [];
    try {
      after = this.#facetAfter(step, facet, record, letters);
      due = after === null ? null : this.#dueAfter(after.state, at);
    } catch (error) {
      this.#timers.set(customerId, null);
      this.#setApart(step, record, { reason: 'poison', detail: poisonDetail(error), refused: refusedRecord(record) });
      return;
    }
    for (const letter of letters) this.#setApart(step, record, letter);
    if (after === null) return;
    this.#timers.set(customerId, due);
    this.facets.set(customerId, after);
    const from = facet?.view ?? null;
    if (!isSameView(from, after.view)) this.#publish(step, record, from, after.view, changes);
  }

  /** First the rules change, then what waited in vain goes, then the event comes. Null: still nobody. */
  #facetAfter(
    { customerId, at, event, before }: Step,
    facet: Facet | undefined,
    record: TimelineRecord,
    letters: Letter[],
  ): Facet | null {
    const score = this.#score;
    let state = facet === undefined ? score.initial : facet.state;
    let noted = facet?.noted;
    if (facet !== undefined) {
      if (before !== undefined) state = score.adopt?.(state, at, before, this.#parameters) ?? state;
      const expired = score.expire?.(state, at, this.#parameters) ?? null;
      for (const { reason, origin } of expired?.letters ?? []) {
        letters.push({ reason, detail: WAITED_IN_VAIN[reason], refused: waitedRecord(origin, customerId) });
      }
      if (expired !== null) state = expired.state;
    }
    if (event !== null) {
      const evolved = score.evolve(state, event, at, this.#parameters, record.originText);
      if (evolved instanceof Rejection) {
        letters.push({ reason: evolved.reason, detail: evolved.detail, refused: refusedRecord(record) });
      } else if (evolved instanceof Noted) {
        state = evolved.state;
        noted = noteAlso(noted, evolved.note, record.originText ?? `timeline:${record.offset}`);
      } else {
        state = evolved;
      }
    }
    if (facet === undefined && state === score.initial && noted === undefined) return null;
    const view = score.view(state, at, this.#parameters);
    return { state, view, ...(noted && { noted }) };
  }

  #dueAfter(state: unknown, at: TimeMs): TimeMs | null {
    const viewDue = this.#score.nextDueAt(state, at, this.#parameters) ?? Infinity;
    const expiryDue = this.#score.nextExpiryAt?.(state, at, this.#parameters) ?? Infinity;
    const due = Math.min(viewDue, expiryDue);
    return due === Infinity ? null : (due as TimeMs);
  }

  #publish(step: Step, record: TimelineRecord, from: View | null, to: View | null, changes: ScoreChange[]): void {
    const { changeTopic } = this.#encoding;
    if (changeTopic === null || !this.#stand.isTelling) return;
    const { customerId, at, phase, cause } = step;
    const number = ++this.#number;
    if (number > this.#tellsThrough) return;
    const identity = { timelineOffset: record.offset, effectiveAt: at, phase, customerId, number };
    const written = this.#encoding.change({ from, to, cause }, identity, this.#stand.told);
    this.#emit({ ...identity, ...written, service: this.name, topic: changeTopic });
    changes.push({
      score: this.name,
      number,
      timelineOffset: record.offset,
      effectiveAt: at,
      customerId,
      to,
      cause,
    });
  }

  #setApart({ customerId, at, phase }: Step, record: TimelineRecord, letter: Letter): void {
    if (!this.#stand.isTelling) return;
    const whole = { ...letter, service: this.name, lane: this.#lane, at };
    this.#emit(deadLetterOutput(this.#encoding, whole, customerId, record.offset, phase));
  }
}

/** Told by its place alone. */
function waitedRecord(origin: string | null, customerId: CustomerId): RefusedRecord {
  const [, topic, offset] = /^(.*):(\d+)$/.exec(origin ?? '') ?? [null, 'timeline', '-1'];
  const key = new TextEncoder().encode(customerId);
  return { topic: topic ?? '', offset: Number(offset), key, value: null, headers: {} };
}

/** As many as a facet keeps of a note. */
const NOTED_ORIGINS_MAX = 50;

/** The number of the note's events so far, and the origins of the newest. */
function noteAlso(noted: Facet['noted'], note: EffectNote, origin: string): NonNullable<Facet['noted']> {
  const [count = 0, ...origins] = noted?.[note] ?? [];
  return { ...noted, [note]: [Number(count) + 1, ...[...origins, origin].slice(-NOTED_ORIGINS_MAX)] };
}

/** Views of one score have the same fields in the same order. */
function isSameView(a: View | null, b: View | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
