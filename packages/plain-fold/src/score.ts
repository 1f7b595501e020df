import {
  type CustomerId,
  Rejection,
  type Score,
  stateOf,
  type TimelineEvent,
  type TimeMs,
  type View,
} from '@tidemark/domain';
import type {
  Cause,
  Lane,
  PolicyInForce,
  ScoreChange,
  ScoreEncoding,
  StepPhase,
  TimelineReader,
  TimelineRecord,
} from '@tidemark/stream';
import { deadLetterOutput, type Emit, inOrder, poisonDetail } from './output.ts';
import { PlainTimers } from './timers.ts';

interface Facet {
  readonly state: unknown;
  readonly view: View | null;
}

interface Step {
  readonly customerId: CustomerId;
  readonly at: TimeMs;
  readonly phase: StepPhase;
  readonly event: TimelineEvent | null;
  readonly cause: Cause;
}

/** One score over one lane's timeline, plainly. */
export class PlainScore {
  readonly facets = new Map<CustomerId, Facet>();
  readonly #score: Score<unknown, unknown, View>;
  readonly #encoding: ScoreEncoding<View>;
  readonly #lane: Lane;
  readonly #reader: TimelineReader;
  readonly #emit: Emit;
  readonly #timers = new PlainTimers();
  #parameters: unknown = null;
  #number = 0;

  constructor(
    score: Score<unknown, unknown, View>,
    encoding: ScoreEncoding<View>,
    lane: Lane,
    reader: TimelineReader,
    emit: Emit,
  ) {
    this.#score = score;
    this.#encoding = encoding;
    this.#lane = lane;
    this.#reader = reader;
    this.#emit = emit;
  }

  get name(): string {
    return this.#score.name;
  }

  /** All steps of one record: timers that came due, then the record. Returns the changes of views, in order. */
  fold(record: TimelineRecord, streamTime: TimeMs, policy: PolicyInForce | null): ScoreChange[] {
    const changes: ScoreChange[] = [];
    const step = (one: Step) => this.#step(one, record, changes);
    const silence: Cause = { kind: 'silence', origin: null, eventId: null };
    for (let due = this.#timers.take(streamTime); due !== null; due = this.#timers.take(streamTime)) {
      step({ customerId: due.customerId, at: due.due, phase: 0, event: null, cause: silence });
    }
    if (policy !== null) {
      this.#parameters = this.#score.parametersOf(policy.policy);
      const cause: Cause = { kind: 'policy', origin: record.originText, eventId: null };
      for (const customerId of inOrder(this.facets.keys())) {
        step({ customerId, at: streamTime, phase: 1, event: null, cause });
      }
    }
    const { customerId } = record;
    if (customerId !== null && this.#score.eventTypes.some((type) => type === record.type)) {
      const event = this.#reader.event(record);
      const cause: Cause = { kind: 'event', origin: record.originText, eventId: record.eventId };
      step({ customerId, at: streamTime, phase: 1, event, cause });
    }
    return changes;
  }

  #step(step: Step, record: TimelineRecord, changes: ScoreChange[]): void {
    const { customerId, at, event } = step;
    const score = this.#score;
    const facet = this.facets.get(customerId);
    const before = facet?.state ?? score.initial;
    let state: unknown;
    let view: View | null;
    let due: TimeMs | null;
    try {
      const evolved =
        event === null ? before : stateOf(score.evolve(before, event, at, this.#parameters, record.originText));
      if (evolved instanceof Rejection) {
        this.#refuse(step, record, evolved.reason, evolved.detail);
        return;
      }
      state = evolved;
      if (facet === undefined && state === score.initial) return;
      view = score.view(state, at, this.#parameters);
      due = score.nextDueAt(state, at, this.#parameters);
    } catch (error) {
      this.#timers.set(customerId, null);
      this.#refuse(step, record, 'poison', poisonDetail(error));
      return;
    }
    this.#timers.set(customerId, due);
    this.facets.set(customerId, { state, view });
    const from = facet?.view ?? null;
    if (!isSameView(from, view)) this.#publish(step, record, from, view, changes);
  }

  #publish(step: Step, record: TimelineRecord, from: View | null, to: View | null, changes: ScoreChange[]): void {
    const { changeTopic } = this.#encoding;
    if (changeTopic === null) return;
    const { customerId, at, phase, cause } = step;
    const number = ++this.#number;
    const identity = { timelineOffset: record.offset, effectiveAt: at, phase, customerId, number };
    const written = this.#encoding.change({ from, to, cause }, identity);
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

  #refuse(
    { customerId, at, phase }: Step,
    record: TimelineRecord,
    reason: 'too-old' | 'too-many-refunds' | 'poison',
    detail: string,
  ): void {
    const letter = { service: this.name, lane: this.#lane, reason, detail, at, record };
    this.#emit(deadLetterOutput(this.#encoding, letter, customerId, phase));
  }
}

/** Views of one score have the same fields in the same order. */
function isSameView(a: View | null, b: View | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
