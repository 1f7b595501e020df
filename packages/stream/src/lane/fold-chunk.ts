import { type CustomerId, compareCustomerIds, type EffectNote, type TimeMs } from '@tidemark/domain';
import { Fault } from '../errors.ts';
import type { FoldDeadLetter, LaneFold, RefusedRecord, StepCause, StepLetter } from '../folds/lane-fold.ts';
import type { Lane } from '../ports/event-log.ts';
import type { OutboxEntry } from '../ports/profile-store.ts';
import type { PolicyInForce, TimelineReader, TimelineRecord } from '../timeline-record.ts';
import { ChunkLists, type ChunkRead } from './chunk-lists.ts';
import type { CustomerEntry, LaneCustomers } from './lane-customers.ts';
import type { LaneMeta, Place } from './lane-meta.ts';
import type { ToldBefore } from './mark.ts';
import { type JoinedRecord, RecordSteps, type Wave } from './record-steps.ts';
import { cutoverAt, isTelling } from './stand.ts';
import { LOOK_PHASE, type StepKey } from './step-order.ts';

export interface ChunkBounds {
  readonly stepsMax: number;
  readonly customersMax: number;
  readonly bytesMax: number;
}

export interface ChunkInput extends ChunkRead {
  readonly records: readonly JoinedRecord[];
  /** At the cutover to the fold's version: what was told before it. */
  readonly told: ToldBefore | null;
}

export interface FoldedChunk {
  readonly meta: LaneMeta;
  readonly outputs: readonly OutboxEntry[];
  /** Records that are done; the one after them may be part-way (see `meta.place.cursor`). */
  readonly recordsDone: number;
  readonly steps: number;
  /** Of outputs, and of facets that had not changed before. */
  readonly bytes: number;
  /** Steps of the customers' own events by timeline type. */
  readonly events: ReadonlyMap<string, number>;
  /** Steps of timers. */
  readonly timers: number;
  /** Records dropped because their origin was folded before. */
  readonly repeats: number;
  /** What went to dead-letters. */
  readonly deadLetters: readonly FoldDeadLetter['reason'][];
  /** Events that changed less than they say. */
  readonly notes: readonly EffectNote[];
  readonly poisoned: readonly unknown[];
  /** Why nothing of the next record can be folded; null where it can. */
  readonly fault: Fault | null;
}

export interface FoldContext<Facet, Rules, Change> {
  readonly lane: Lane;
  readonly fold: LaneFold<Facet, Rules, Change>;
  readonly reader: TimelineReader;
  readonly customers: LaneCustomers<Facet>;
  readonly bounds: ChunkBounds;
  /** The rules in force at the chunk's start; null before the lane's first policy. */
  rules: Rules | null;
}

const DEAD_LETTERS = 'dead-letters';

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
  const { outputs, steps, bytes, events, timers, repeats, deadLetters, notes, poisoned, fault } = run;
  const counts = { recordsDone, steps, bytes, events, timers, repeats };
  return { meta: run.meta(), outputs, ...counts, deadLetters, notes, poisoned, fault };
}

class ChunkRun<Facet, Rules, Change> {
  readonly outputs: OutboxEntry[] = [];
  readonly poisoned: unknown[] = [];
  fault: Fault | null = null;
  readonly deadLetters: FoldDeadLetter['reason'][] = [];
  readonly notes: EffectNote[] = [];
  readonly events = new Map<string, number>();
  timers = 0;
  repeats = 0;
  steps = 0;
  bytes = 0;
  readonly #context: FoldContext<Facet, Rules, Change>;
  readonly #input: ChunkInput;
  readonly #start: LaneMeta;
  readonly #origins: Record<string, number>;
  readonly #lists: ChunkLists;
  #sequence: number;
  #number: number;
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
    this.#sequence = meta.sequence;
    this.#number = meta.number;
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
      sequence: this.#sequence,
      number: this.#number,
      inputs: this.#start.inputs,
      ...(this.#force === undefined ? {} : { force: this.#force }),
    };
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
    if (wave?.kind === 'cutover' && !this.#hasBegun(record, wave)) this.#number = this.#input.told?.number ?? 0;
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
      const wave = this.#waveOf(policy, cutover?.kind === 'looks');
      const steps = new RecordSteps(this.#context, joined, streamTime, wave, this.#resumeAfter(record));
      return { policy, rules, steps, wave, cutover };
    });
  }

  /** A lane's first policy names the versions that tell from its start; others only what a cutover has said before. */
  #forceAfter({ versions }: PolicyInForce): LaneMeta['force'] {
    const { fold, lane } = this.#context;
    const { service, version, firstVersion } = fold;
    if (this.#policy !== null) return this.#force;
    const begins = versions?.[service] ?? firstVersion;
    if (begins > version) {
      throw new Fault(
        'other-fold-version',
        `${service}, lane ${lane}: expected a first policy by which the lane begins with version ${version}, found one by ` +
          `which it begins with version ${begins}. A newer build wrote it: run that one.`,
      );
    }
    return begins === firstVersion ? undefined : begins;
  }

  /** Whom the record concerns beside those of its own steps: everybody, of whom something is known or was told. */
  #waveOf(policy: PolicyInForce | null, looks: boolean): Wave | null {
    const { scanned } = this.#input.read;
    if (policy !== null) {
      const { recordPhase } = this.#context.fold;
      return { kind: 'policy', phase: recordPhase, customers: scanned.map(({ customerId }) => customerId) };
    }
    if (!looks || this.#context.fold.takeover === null) return null;
    const known = scanned.map(({ customerId }) => customerId);
    const customers = [...new Set([...known, ...(this.#input.told?.customers ?? [])])].sort(compareCustomerIds);
    return { kind: 'cutover', phase: LOOK_PHASE, customers };
  }

  /** Whether some of the wave's steps were taken in a chunk before. */
  #hasBegun(record: TimelineRecord, { phase }: Wave): boolean {
    return this.#resumeAfter(record)?.phase === phase;
  }

  /** Nearly every record: at most its customer's own step, none that was begun in a chunk before, and nothing of others. */
  #isPlain({ record, changes }: JoinedRecord): boolean {
    return changes.length === 0 && !WAVE_TYPES.has(record.type) && this.#place.offset !== record.offset;
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
      if (this.#tells(cause)) this.#deadLetter(entry, letter, key.at, record);
      return;
    }
    if (result.due !== null && result.due <= key.at) {
      throw new Error(`${fold.service}: expected a due time after ${key.at}, found ${result.due}`);
    }
    if (result.facet !== entry.facet && !entry.facetChanged) this.bytes += entry.bytes;
    customers.setFacet(entry, result.facet);
    this.#arm(entry, result.due);
    if (result.note != null) this.notes.push(result.note);
    // One that folds beside the version in force is silent: that one tells.
    if (!this.#tells(cause)) return;
    for (const letter of result.letters ?? NO_LETTERS) this.#deadLetter(entry, letter, key.at, record);
    if (result.change !== null && fold.changeTopic !== null) {
      const identity = { ...this.#identity(key, record), number: ++this.#number };
      const { value, headers } = fold.encode(result.change, identity);
      this.#output(fold.changeTopic, entry.customerId, value, headers, record);
    }
  }

  #tells({ looks }: StepCause): boolean {
    return looks || isTelling(this.#context.fold, this.#force);
  }

  #identity(key: StepKey, record: TimelineRecord) {
    return { timelineOffset: record.offset, effectiveAt: key.at, phase: key.phase, customerId: key.customerId };
  }

  /** A timer that is armed earlier stays: it fires, finds nothing, and is armed anew. Most events so write none. */
  #arm(entry: CustomerEntry<Facet>, due: TimeMs | null): void {
    const { customers } = this.#context;
    if (due !== null && entry.timer !== null && entry.timer <= due) return;
    if (due === entry.timer) return;
    if (due === null) customers.setTimer(entry, null);
    else customers.arm(entry, due);
  }

  #deadLetter({ customerId }: CustomerEntry<Facet>, letter: StepLetter, at: TimeMs, record: TimelineRecord): void {
    const { fold, lane } = this.#context;
    const { reason, detail, waited } = letter;
    const refused =
      waited === null
        ? refusedOf(record)
        : { ...waited, ...NO_BYTES, key: this.#context.customers.keys.encode(customerId) };
    const { value, headers } = fold.encodeDeadLetter({ reason, detail, service: fold.service, lane, at, refused });
    this.deadLetters.push(reason);
    this.#output(DEAD_LETTERS, customerId, value, headers, record);
  }

  #output(
    topic: string,
    customerId: CustomerId,
    value: Uint8Array,
    headers: OutboxEntry['headers'],
    { rawAppendedAtMs }: TimelineRecord,
  ): void {
    this.bytes += value.length;
    const entry = {
      sequence: ++this.#sequence,
      topic,
      key: this.#context.customers.keys.encode(customerId),
      value,
      headers,
    };
    this.outputs.push(rawAppendedAtMs === null ? entry : { ...entry, rawAppendedAtMs });
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

/** Records that may concern every customer. */
const WAVE_TYPES: ReadonlySet<string> = new Set(['policy', 'cutover']);

const NO_LETTERS: readonly StepLetter[] = [];
const NO_CHANGES: StepCause['changes'] = [];

/** What waited in vain is on the timeline. */
const NO_BYTES = { value: null, headers: {} } as const;

function refusedOf({ origin, offset, source }: TimelineRecord): RefusedRecord {
  const { key, value, headers } = source;
  return { ...(origin ?? { topic: 'timeline', offset }), key, value, headers };
}

/** Whether the customer did something, here or where a score saw it. */
function hasEvent({ event, changes }: StepCause): boolean {
  return event !== null || changes.some(({ cause }) => cause.kind === 'event');
}
