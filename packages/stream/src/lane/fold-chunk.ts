import type { EffectNote, TimeMs } from '@tidemark/domain';
import { Fault } from '../errors.ts';
import type { StepCause, StepLetter } from '../folds/lane-fold.ts';
import type { PolicyInForce, TimelineRecord } from '../timeline-record.ts';
import type { ChunkInput, FoldContext, FoldedChunk } from './chunk.ts';
import { ChunkLists } from './chunk-lists.ts';
import { ChunkOutputs } from './chunk-outputs.ts';
import type { LaneMeta, Place } from './lane-meta.ts';
import { type JoinedRecord, RecordSteps } from './record-steps.ts';
import { beginningForce, cutoverAt, isTelling } from './stand.ts';
import type { StepKey } from './step-order.ts';
import { isForAll, type Wave, waveOf } from './wave.ts';

/**
 * Runs the steps of a chunk's records in their fixed order, until the records, the bounds or the store's lists are at
 * an end. What it yields depends on the log alone: a chunk's end decides where a commit falls, never what it holds.
 */
export function foldChunk<Facet, Rules, Change>(
  context: FoldContext<Facet, Rules, Change>,
  meta: LaneMeta,
  input: ChunkInput,
): FoldedChunk {
  const run = new ChunkRun(context, meta, input);
  let recordsDone = 0;
  for (const joined of input.records) {
    if (!run.foldRecord(joined)) break;
    recordsDone++;
    if (run.exhausted) break;
  }
  const { steps, bytes, events, timers, repeats, notes, poisoned, fault } = run;
  const { outputs, deadLetters } = run.told;
  const counts = { recordsDone, steps, bytes, events, timers, repeats };
  return { meta: run.meta(), outputs, ...counts, deadLetters, notes, poisoned, fault };
}

class ChunkRun<Facet, Rules, Change> {
  readonly told: ChunkOutputs<Facet, Rules, Change>;
  readonly poisoned: unknown[] = [];
  fault: Fault | null = null;
  readonly notes: EffectNote[] = [];
  readonly events = new Map<string, number>();
  timers = 0;
  repeats = 0;
  steps = 0;
  /** Of facets that had not changed before. */
  #facetBytes = 0;
  readonly #context: FoldContext<Facet, Rules, Change>;
  readonly #input: ChunkInput;
  readonly #start: LaneMeta;
  readonly #origins: Record<string, number>;
  readonly #lists: ChunkLists;
  #streamTime: TimeMs;
  #place: Place;
  #last: TimelineRecord | null = null;
  #policy: LaneMeta['policy'];
  #force: LaneMeta['force'];

  constructor(context: FoldContext<Facet, Rules, Change>, meta: LaneMeta, input: ChunkInput) {
    this.#context = context;
    this.#input = input;
    this.#lists = new ChunkLists(input, context.customers);
    this.#start = meta;
    this.#origins = { ...meta.origins };
    this.told = new ChunkOutputs(context.fold, context.lane, context.customers.keys, meta);
    this.#streamTime = meta.streamTime;
    this.#place = meta.place;
    this.#policy = meta.policy;
    this.#force = meta.force;
  }

  /** The lane's meta after what was folded. */
  meta(): LaneMeta {
    const last = this.#last;
    return {
      foldVersion: this.#start.foldVersion,
      place: this.#place,
      streamTime: this.#streamTime,
      clock: last === null ? this.#start.clock : last.clock,
      origins: this.#origins,
      last: last === null ? this.#start.last : { origin: last.originText, logTime: last.logTime },
      policy: this.#policy,
      sequence: this.told.sequence,
      number: this.told.number,
      inputs: this.#start.inputs,
      ...(this.#force === undefined ? {} : { force: this.#force }),
    };
  }

  get bytes(): number {
    return this.told.bytes + this.#facetBytes;
  }

  get exhausted(): boolean {
    const { bounds, customers } = this.#context;
    return (
      this.steps >= bounds.stepsMax || this.bytes >= bounds.bytesMax || customers.changedCount >= bounds.customersMax
    );
  }

  /** True when the record is done; false when the chunk has to end before or within it. */
  foldRecord(joined: JoinedRecord): boolean {
    const { record } = joined;
    const { origin } = record;
    this.steps++;
    if (origin !== null && (this.#origins[origin.topic] ?? -1) >= origin.offset) {
      this.repeats++;
      this.#finish(record);
      return true;
    }
    const streamTime = Math.max(this.#streamTime, record.logTime) as TimeMs;
    if (!this.#foldSteps(joined, streamTime)) return false;
    this.#streamTime = streamTime;
    if (origin !== null) this.#origins[origin.topic] = origin.offset;
    this.#finish(record);
    return true;
  }

  /** Runs the record's steps; false when the chunk has to end before the last of them. */
  #foldSteps(joined: JoinedRecord, streamTime: TimeMs): boolean {
    const { record } = joined;
    if (this.#isPlain(joined) && this.#lists.nextTimer(streamTime) === null) {
      return !this.#lists.endBefore(streamTime, false) && this.#foldPlain(record, streamTime);
    }
    const read = this.#readSteps(joined, streamTime);
    if (read === null) return false;
    const { policy, rules, steps, wave, cutover } = read;
    if (wave?.kind === 'cutover' && !this.#hasBegun(record, wave)) this.told.number = this.#input.told?.number ?? 0;
    let cursor: StepKey | null = null;
    for (;;) {
      const timer = this.#lists.nextTimer(streamTime);
      const key = steps.next(timer);
      if (key === null) break;
      if ((cursor !== null && this.exhausted) || this.#lists.isBeyond(key, streamTime, wave)) {
        this.#suspend(record, cursor);
        return false;
      }
      const cause = steps.take(key, timer);
      this.#runStep(key, cause, rules, record);
      this.steps++;
      cursor = key;
    }
    if (this.#lists.endBefore(streamTime, wave !== null)) {
      this.#suspend(record, cursor);
      return false;
    }
    if (policy !== null) {
      this.#context.rules = rules;
      this.#force = this.#forceAfter(policy);
      const { number, document, format } = policy;
      this.#policy = format === 1 ? { number, document } : { number, document, format };
    }
    if (cutover !== null) this.#force = cutover.version;
    return true;
  }

  #readSteps(joined: JoinedRecord, streamTime: TimeMs) {
    const { fold, reader } = this.#context;
    const { record } = joined;
    return this.#orFault(() => {
      const policy: PolicyInForce | null = record.type === 'policy' ? reader.policy(record) : null;
      const rules = policy === null ? null : fold.rulesOf(policy);
      if (policy !== null) this.#forceAfter(policy);
      const cutover = cutoverAt(fold, this.#force, record, reader);
      const wave = waveOf(fold, this.#input, policy !== null, cutover?.kind === 'looks');
      const steps = new RecordSteps(this.#context, joined, streamTime, wave, this.#resumeAfter(record));
      return { policy, rules, steps, wave, cutover };
    });
  }

  #forceAfter({ versions }: PolicyInForce): LaneMeta['force'] {
    if (this.#policy !== null) return this.#force;
    return beginningForce(this.#context.fold, this.#context.lane, versions);
  }

  /** Whether some of the wave's steps were taken in a chunk before. */
  #hasBegun(record: TimelineRecord, { phase }: Wave): boolean {
    return this.#resumeAfter(record)?.phase === phase;
  }

  /** Nearly every record: at most its customer's own step, none that was begun in a chunk before, and nothing of others. */
  #isPlain({ record, changes }: JoinedRecord): boolean {
    return changes.length === 0 && !isForAll(record) && this.#place.offset !== record.offset;
  }

  /** With no timer due there is nothing to order. One that is no step of this fold only moves the clock, and stays unread. */
  #foldPlain(record: TimelineRecord, streamTime: TimeMs): boolean {
    const { fold, reader, rules } = this.#context;
    const { customerId } = record;
    if (customerId === null || !fold.wants(record)) return true;
    const event = this.#orFault(() => reader.event(record));
    if (event === null) return false;
    const cause = { record, timer: false, event, changes: NO_CHANGES, policyChanged: false, looks: false };
    this.#runStep({ at: streamTime, phase: 1, customerId }, cause, rules, record);
    this.steps++;
    return true;
  }

  /** Null, with the fault kept, where something cannot be read: nothing has come of the record yet. */
  #orFault<Result>(read: () => Result): Result | null {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.fault = error;
      return null;
    }
  }

  #resumeAfter(record: TimelineRecord): StepKey | null {
    return this.#place.offset === record.offset ? this.#place.cursor : null;
  }

  /** The rules before stay those of the context until the last step of the record that brings new ones. */
  #runStep(key: StepKey, cause: StepCause, newRules: Rules | null, record: TimelineRecord): void {
    const { fold, customers, rules: rulesBefore } = this.#context;
    const rules = cause.policyChanged ? newRules : rulesBefore;
    if (rules === null) throw new Error('a step before the first policy: unify puts a policy before everything');
    const { customerId } = key;
    const entry = customers.entry(customerId);
    if (hasEvent(cause)) entry.met = 'event';
    else if (entry.met === 'not') entry.met = 'passing';
    if (cause.event !== null) this.events.set(record.type, (this.events.get(record.type) ?? 0) + 1);
    if (cause.timer) {
      this.timers++;
      customers.setTimer(entry, null);
    }
    let result: ReturnType<typeof fold.step>;
    try {
      result =
        cause.looks && fold.takeover !== null
          ? fold.takeover.look(entry.facet, this.#input.told?.last.get(customerId), record, key.at, rules)
          : fold.step(entry.facet, cause, key.at, rules, cause.policyChanged ? rulesBefore : null);
    } catch (error) {
      if (error instanceof RangeError) throw error;
      this.poisoned.push(error);
      customers.setTimer(entry, null);
      const name = error instanceof Error ? error.name : typeof error;
      const letter = { reason: 'poison', detail: `the fold threw ${name}`, waited: null } as const;
      if (this.#tells(cause)) this.told.addDeadLetter(letter, key, record);
      return;
    }
    if (result.due !== null && result.due <= key.at) {
      throw new Error(`${fold.service}: expected a due time after ${key.at}, found ${result.due}`);
    }
    if (result.facet !== entry.facet && !entry.facetChanged) this.#facetBytes += entry.bytes;
    customers.setFacet(entry, result.facet);
    customers.setDue(entry, result.due);
    if (result.note != null) this.notes.push(result.note);
    // One that folds beside the version in force is silent: that one tells.
    if (!this.#tells(cause)) return;
    for (const letter of result.letters ?? NO_LETTERS) this.told.addDeadLetter(letter, key, record);
    if (result.change !== null && fold.changeTopic !== null)
      this.told.addChange(fold.changeTopic, result.change, key, record);
  }

  #tells({ looks }: StepCause): boolean {
    return looks || isTelling(this.#context.fold, this.#force);
  }

  /** Ends the chunk within a record: its origin and stream time wait for its last step. */
  #suspend(record: TimelineRecord, cursor: StepKey | null): void {
    if (cursor === null) return;
    this.#place = { offset: record.offset, cursor };
    this.#last = record;
  }

  #finish(record: TimelineRecord): void {
    this.#place = { offset: record.offset, cursor: null };
    this.#last = record;
  }
}

const NO_LETTERS: readonly StepLetter[] = [];
const NO_CHANGES: StepCause['changes'] = [];

/** Whether the customer did something, here or where a score saw it. */
function hasEvent({ event, changes }: StepCause): boolean {
  return event !== null || changes.some(({ cause }) => cause.kind === 'event');
}
