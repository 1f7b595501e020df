import {
  type ClockName,
  type CutoverRecord,
  type DeadLetterReason,
  isControlRecordType,
  type PolicyRecord,
  type RawOutcome,
  TIMELINE_FORMAT,
  type TimelineFormat,
} from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import type { Lane, LogRecord, Offset, Topic } from '@tidemark/stream';
import { accept } from './accept.ts';
import type { UnifyBatch } from './batch.ts';
import { DedupWindow } from './dedup-window.ts';
import { judgePolicy, type PolicyState } from './lane-policy.ts';
import type { NextHead } from './next-head.ts';
import { FUTURE_MAX_MS, type RawHead, type RawInput } from './raw-input.ts';
import { type UnifyRules, unifyRules } from './unify-rules.ts';

interface Refusal {
  readonly reason: DeadLetterReason;
  readonly detail: string;
}

type Decoded = RawOutcome & { readonly ok: true };

/** What decides about a lane's next timeline record: its clock, its policy, and the events that it has seen. */
export class LaneTimeline {
  /** The greatest log time so far. */
  logTime = 0 as TimeMs;
  /** Null until the lane's first control record tells. */
  clock: ClockName | null = null;
  policy: PolicyState | null = null;
  /** In which records are written from here on. */
  format: TimelineFormat = TIMELINE_FORMAT;
  window = new DedupWindow();
  /** The greatest origin by topic that was on the timeline when the lane was acquired, until it is taken again. */
  #dealtWith = new Map<Topic, Offset>();
  /** Where in `control` policies stand that were on the timeline then. */
  #policiesHeld: ReadonlySet<Offset> = new Set();
  readonly #lane: Lane;
  readonly #lanes: number;
  readonly #recordBytesMax: number;
  readonly #rules: UnifyRules;

  constructor(lane: Lane, lanes: number, recordBytesMax: number, rules = unifyRules) {
    this.#rules = rules;
    this.#lane = lane;
    this.#lanes = lanes;
    this.#recordBytesMax = recordBytesMax;
  }

  /** Turns a raw record into a timeline record, a dead letter, or nothing (a repeat), in the batch. */
  take(batch: UnifyBatch, { input, head }: NextHead, now: TimeMs): void {
    const { record, outcome, key } = head;
    if (this.#wasJudged(input, head)) return;
    const at = Math.max(this.logTime, this.clock === 'event' ? key.time : now) as TimeMs;
    const refusal =
      this.#refusalOf(record, outcome) ?? this.#takeDecoded(batch, input, record, outcome as Decoded, at, now);
    if (refusal !== null) batch.addDeadLetter(input.topic, record, refusal.reason, refusal.detail, at);
  }

  /** Inputs go on from `places` although the timeline has origins up to `origins`: the commit of some was lost. */
  resume(
    origins: ReadonlyMap<Topic, Offset>,
    places: ReadonlyMap<Topic, Offset>,
    policiesHeld: ReadonlySet<Offset>,
  ): void {
    this.#policiesHeld = policiesHeld;
    this.#dealtWith = new Map([...origins].filter(([topic, offset]) => offset >= (places.get(topic) ?? 0)));
  }

  /**
   * Whether the timeline tells that an event was judged before. To judge it again could end otherwise, since the window
   * has moved on. The event clock's order is fixed: what comes before an origin on the timeline was judged. The wall
   * clock's is not: there only the record's own topic tells. Control records are taken again for what they set.
   */
  #wasJudged(input: RawInput, { record, outcome }: RawHead): boolean {
    const last = this.#dealtWith.get(input.topic) ?? -1;
    const wasJudged = record.offset <= last || (this.clock === 'event' && this.#dealtWith.size > 0);
    if (record.offset >= last) this.#dealtWith.delete(input.topic);
    return wasJudged && !(outcome.ok && isControlRecordType(outcome.recordType));
  }

  #refusalOf(record: LogRecord, outcome: RawOutcome): Refusal | null {
    const bytes = (record.value?.length ?? 0) + (record.key?.length ?? 0);
    if (bytes > this.#recordBytesMax) {
      return { reason: 'too-large', detail: `expected at most ${this.#recordBytesMax} bytes, found ${bytes}` };
    }
    return outcome.ok ? null : { reason: outcome.reason, detail: outcome.detail };
  }

  #takeDecoded(
    batch: UnifyBatch,
    input: RawInput,
    record: LogRecord,
    outcome: Decoded,
    at: TimeMs,
    now: TimeMs,
  ): Refusal | null {
    switch (outcome.recordType) {
      case 'policy':
        return this.#takePolicy(batch, input, record, outcome.value, at);
      case 'punctuation':
        return this.#takePunctuation(batch, input, record, outcome.value.time);
      case 'live-switch':
        return this.#takeLiveSwitch(batch, input, record, outcome.value.number, Math.min(at, now) as TimeMs);
      case 'cutover':
        return this.#takeCutover(batch, input, record, outcome.value, at);
      case 'format':
        return this.#takeFormat(batch, input, record, outcome.value.format, at);
      default:
        return this.#takeEvent(batch, input, record, outcome, at);
    }
  }

  #takeEvent(batch: UnifyBatch, input: RawInput, record: LogRecord, outcome: Decoded, at: TimeMs): Refusal | null {
    if (this.policy === null) throw new Error('an event before the first policy: control comes first');
    const accepted = accept({ topic: input.topic, key: record.key, record: outcome }, this.policy.policy);
    if (accepted.kind === 'refused') return accepted;
    const { customerId, event, eventId, occurredAt } = accepted;
    if (record.key !== null && !this.#rules.isOwnKey(record.key, this.#lane, this.#lanes)) return WRONG_LANE;
    if (this.clock === 'event' ? input.isBeyondSegment(occurredAt) : occurredAt > at + FUTURE_MAX_MS) {
      return { reason: 'future', detail: `expected at most ${FUTURE_MAX_MS} ms ahead of the lane's clock, found more` };
    }
    const order = event.type === 'order' ? event.data : null;
    const keys = this.#rules.eventKeysOf(input.topic, customerId, eventId, order);
    if (this.window.has(keys, at)) {
      batch.duplicates++;
      return null;
    }
    this.logTime = at;
    const isHeld = this.format > 1 && this.#rules.isHeld(customerId);
    this.window.add(keys, at, isHeld);
    batch.addEvent(input.topic, record, event, at, isHeld);
    return null;
  }

  #takePolicy(batch: UnifyBatch, input: RawInput, record: LogRecord, value: PolicyRecord, at: TimeMs): Refusal | null {
    if (input.topic !== 'control') return unexpected('a customer event', 'a policy');
    const { number, hash, rules: document, format, versions } = value;
    const current = this.policy;
    const verdict = judgePolicy(value, current, this.#policiesHeld.has(record.offset));
    if (verdict.kind === 'repeat') {
      batch.duplicates++;
      return null;
    }
    if (verdict.kind === 'refused') return { reason: 'invalid-policy', detail: verdict.detail };
    this.logTime = current === null ? this.#firstLogTime(input, record, at) : at;
    this.policy = { number, policy: verdict.policy };
    batch.addPolicy(record, { number, hash, document, format, versions }, this.logTime);
    return null;
  }

  /**
   * The first policy precedes everything, whatever its time, and must not move the clock: on the event clock not beyond
   * the promise it stands under, on the wall clock, which nothing was compared with so far, not beyond the log's own time.
   */
  #firstLogTime(input: RawInput, { appendedAtMs }: LogRecord, at: TimeMs): TimeMs {
    const time = this.clock === 'event' ? (input.state.segment?.time ?? 0) : Math.min(at, appendedAtMs);
    return Math.max(this.logTime, time) as TimeMs;
  }

  /** A promise of its input (kept there); a tick where it moves the lane's clock. */
  #takePunctuation(batch: UnifyBatch, input: RawInput, record: LogRecord, time: TimeMs): Refusal | null {
    if (this.clock === 'live') return unexpected('no punctuation on a lane with a live clock', 'one');
    if (this.policy === null || time <= this.logTime) return null;
    this.logTime = time;
    batch.addTick({ topic: input.topic, offset: record.offset }, time);
    return null;
  }

  /**
   * Which fold and which version is for the folds to heed. A tick before it lets what is due by then fall due for the
   * version before, which ends with the tick: so no timer is told at another time for the cutover.
   */
  #takeCutover(
    batch: UnifyBatch,
    input: RawInput,
    record: LogRecord,
    value: CutoverRecord,
    at: TimeMs,
  ): Refusal | null {
    if (input.topic !== 'control' || this.policy === null) {
      return unexpected('a cutover in control, after a policy', 'another');
    }
    this.logTime = at;
    batch.addTick(null, at);
    batch.addCutover(record, value, at);
    return null;
  }

  /** A batch is of one format: the next begins with the new one. */
  #takeFormat(batch: UnifyBatch, input: RawInput, record: LogRecord, format: number, at: TimeMs): Refusal | null {
    if (input.topic !== 'control' || this.policy === null || format < 1 || format > TIMELINE_FORMAT) {
      return unexpected(`a format of the timeline from 1 to ${TIMELINE_FORMAT}, in control, after a policy`, 'another');
    }
    if (format <= this.format) {
      batch.duplicates++;
      return null;
    }
    this.logTime = at;
    this.format = TIMELINE_FORMAT;
    batch.addFormat(record, format, at);
    return null;
  }

  /** Its own time may be ahead, as that of a replay up to midnight: going live sets no clock ahead of now. */
  #takeLiveSwitch(batch: UnifyBatch, input: RawInput, record: LogRecord, number: number, at: TimeMs): Refusal | null {
    if (input.topic !== 'control' || this.clock === 'live' || this.policy === null) {
      return unexpected('a switch to the live clock once, in control, after a policy', 'another');
    }
    this.clock = 'live';
    this.logTime = Math.max(this.logTime, at) as TimeMs;
    batch.addLiveSwitch(record, number, this.logTime);
    return null;
  }
}

const WRONG_LANE: Refusal = {
  reason: 'wrong-lane',
  detail:
    "expected the lane that Kafka's own partitioner (murmur2) gives for the key, found another: set the producer's partitioner",
};

function unexpected(expected: string, found: string): Refusal {
  return { reason: 'unexpected-type', detail: `expected ${expected}, found ${found}` };
}
