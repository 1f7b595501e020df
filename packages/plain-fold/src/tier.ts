import {
  type CustomerId,
  decideTier,
  type TierDecision,
  type TierPolicy,
  type TierState,
  type TimeMs,
  takeOverTier,
  tierNextDueAt,
  tierWords,
} from '@tidemark/domain';
import type {
  Cutover,
  Lane,
  PolicyInForce,
  ScoreChange,
  StepPhase,
  TierCause,
  TierEncoding,
  TimelineRecord,
} from '@tidemark/stream';
import { deadLetterOutput, type Emit, inOrder, poisonDetail, refusedRecord } from './output.ts';
import type { PlainTierWiring } from './plain-fold.ts';
import { PlainTimers } from './timers.ts';
import { PlainStand } from './told.ts';

const NO_CHANGES: readonly ScoreChange[] = [];

/** Tier over one lane's timeline and the scores' changes of each record, plainly. */
export class PlainTier {
  readonly facets = new Map<CustomerId, TierState>();
  readonly #encoding: TierEncoding;
  readonly #version: number;
  readonly #stand: PlainStand;
  readonly #toldBefore: PlainTierWiring['toldBefore'];
  readonly #tellsThrough: number;
  readonly #policyOf: (policy: TierPolicy) => TierPolicy;
  readonly #lane: Lane;
  readonly #emit: Emit;
  readonly #timers = new PlainTimers();
  #rules: { readonly policy: TierPolicy; readonly policyNumber: number } | null = null;
  #number = 0;

  constructor(
    { encoding, version, firstVersion = version, toldBefore, tellsThrough = Infinity, policyOf }: PlainTierWiring,
    lane: Lane,
    emit: Emit,
  ) {
    this.#encoding = encoding;
    this.#version = version;
    this.#stand = new PlainStand('tier', version, firstVersion);
    this.#toldBefore = toldBefore;
    this.#tellsThrough = tellsThrough;
    this.#policyOf = policyOf ?? ((policy) => policy);
    this.#lane = lane;
    this.#emit = emit;
  }

  /**
   * Decides at every moment of the record at which something happened to a customer: a score's view changed, a fall came
   * due, or, at stream time, there is a new policy. Moments in order; within one, customers in order.
   */
  fold(
    record: TimelineRecord,
    streamTime: TimeMs,
    policy: PolicyInForce | null,
    cutover: Cutover | null,
    changes: readonly ScoreChange[],
  ): void {
    if (this.#stand.endsAt(cutover)) return;
    if (
      changes.length === 0 &&
      policy === null &&
      cutover === null &&
      (this.#timers.first?.due ?? Infinity) > streamTime
    )
      return;
    const byMoment = new Map<TimeMs, Map<CustomerId, ScoreChange[]>>();
    for (const change of changes) {
      const moment = getOrAdd(byMoment, change.effectiveAt, () => new Map());
      getOrAdd(moment, change.customerId, () => []).push(change);
    }
    const moments = [...byMoment.keys()].sort((a, b) => b - a);
    for (;;) {
      const at = Math.min(moments.at(-1) ?? Infinity, this.#timers.first?.due ?? Infinity) as TimeMs;
      if (at >= streamTime) break;
      if (at === moments.at(-1)) moments.pop();
      this.#decideAll(at, byMoment.get(at), null, record);
    }
    if (policy !== null) this.#rules = { policy: this.#policyOf(policy.policy.tiers), policyNumber: policy.number };
    this.#decideAll(streamTime, byMoment.get(streamTime), policy, record);
    const looks = this.#stand.looksAt(cutover);
    this.#stand.passed(policy, cutover);
    if (looks) this.#look(record, streamTime);
  }

  get stateName(): string {
    return this.#stand.stateName;
  }

  /** What was told last, beside what is seen now: numbers and stays go on from what was told. */
  #look(record: TimelineRecord, at: TimeMs): void {
    const before = this.#toldBefore?.();
    if (this.#rules === null || before === undefined) return;
    const { policy } = this.#rules;
    this.#number = before.number;
    for (const customerId of inOrder(new Set([...before.last.keys(), ...this.facets.keys()]))) {
      const told = before.last.get(customerId);
      const last = told !== undefined && 'tier' in told ? told : null;
      const { state, change } = takeOverTier(this.facets.get(customerId) ?? null, last, at, policy);
      this.facets.set(customerId, state);
      this.#timers.set(customerId, tierNextDueAt(state, at, policy));
      const cause: TierCause = { score: null, kind: 'cutover', origin: record.originText, eventId: null };
      if (change !== null) this.#publish(change, [cause], customerId, at, 1, record);
    }
  }

  /** One moment: everybody to whom something happened then. */
  #decideAll(
    at: TimeMs,
    changes: ReadonlyMap<CustomerId, readonly ScoreChange[]> | undefined,
    policy: PolicyInForce | null,
    record: TimelineRecord,
  ): void {
    const due = new Set<CustomerId>();
    for (let timer = this.#timers.take(at); timer !== null; timer = this.#timers.take(at)) due.add(timer.customerId);
    const everybody = policy === null ? [] : this.facets.keys();
    for (const customerId of inOrder(new Set([...(changes?.keys() ?? []), ...due, ...everybody]))) {
      const own = changes?.get(customerId) ?? NO_CHANGES;
      const causes: TierCause[] = own.map(({ score, cause }) => ({ score, ...cause }));
      if (policy !== null) causes.push({ score: null, kind: 'policy', origin: record.originText, eventId: null });
      else if (due.has(customerId)) causes.push({ score: null, kind: 'silence', origin: null, eventId: null });
      this.#decide(customerId, at, own, causes, record);
    }
  }

  #decide(
    customerId: CustomerId,
    at: TimeMs,
    changes: readonly ScoreChange[],
    causes: readonly TierCause[],
    record: TimelineRecord,
  ): void {
    if (this.#rules === null) throw new Error('expected a policy before any step of tier, found none');
    const { policy } = this.#rules;
    const changed = changes.map(({ score, to }) => ({ score, view: to }));
    let decided: ReturnType<typeof decideTier>;
    let due: TimeMs | null;
    try {
      decided = decideTier(this.facets.get(customerId) ?? null, changed, at, policy);
      due = tierNextDueAt(decided.state, at, policy);
    } catch (error) {
      this.#timers.set(customerId, null);
      const letter = {
        service: 'tier',
        lane: this.#lane,
        reason: 'poison',
        detail: poisonDetail(error),
        at,
        refused: refusedRecord(record),
      } as const;
      if (this.#stand.isTelling) this.#emit(deadLetterOutput(this.#encoding, letter, customerId, record.offset, 0));
      return;
    }
    this.facets.set(customerId, decided.state);
    this.#timers.set(customerId, due);
    if (decided.change !== null) this.#publish(decided.change, causes, customerId, at, 0, record);
  }

  #publish(
    decision: TierDecision,
    causes: readonly TierCause[],
    customerId: CustomerId,
    at: TimeMs,
    phase: StepPhase,
    record: TimelineRecord,
  ): void {
    if (this.#rules === null || !this.#stand.isTelling) return;
    const { policy, policyNumber } = this.#rules;
    const number = ++this.#number;
    if (number > this.#tellsThrough) return;
    const identity = { timelineOffset: record.offset, effectiveAt: at, phase, customerId, number };
    const words = tierWords(decision, policy);
    const written = this.#encoding.change({ decision, causes, policyNumber, words }, identity, this.#version);
    this.#emit({ ...identity, ...written, service: 'tier', topic: this.#encoding.changeTopic });
  }
}

function getOrAdd<Key, Value>(map: Map<Key, Value>, key: Key, create: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = create();
    map.set(key, value);
  }
  return value;
}
