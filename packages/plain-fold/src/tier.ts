import {
  type CustomerId,
  decideTier,
  type TierPolicy,
  type TierState,
  type TimeMs,
  tierNextDueAt,
  tierWords,
} from '@tidemark/domain';
import type { Lane, PolicyInForce, ScoreChange, TierCause, TierEncoding, TimelineRecord } from '@tidemark/stream';
import { deadLetterOutput, type Emit, inOrder, poisonDetail, refusedRecord } from './output.ts';
import { PlainTimers } from './timers.ts';

const NO_CHANGES: readonly ScoreChange[] = [];

/** Tier over one lane's timeline and the scores' changes of each record, plainly. */
export class PlainTier {
  readonly facets = new Map<CustomerId, TierState>();
  readonly #encoding: TierEncoding;
  readonly #lane: Lane;
  readonly #emit: Emit;
  readonly #timers = new PlainTimers();
  #rules: { readonly policy: TierPolicy; readonly policyNumber: number } | null = null;
  #number = 0;

  constructor(encoding: TierEncoding, lane: Lane, emit: Emit) {
    this.#encoding = encoding;
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
    changes: readonly ScoreChange[],
  ): void {
    if (changes.length === 0 && policy === null && (this.#timers.first?.due ?? Infinity) > streamTime) return;
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
    if (policy !== null) this.#rules = { policy: policy.policy.tiers, policyNumber: policy.number };
    this.#decideAll(streamTime, byMoment.get(streamTime), policy, record);
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
    const { policy, policyNumber } = this.#rules;
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
      this.#emit(deadLetterOutput(this.#encoding, letter, customerId, record.offset, 0));
      return;
    }
    this.facets.set(customerId, decided.state);
    this.#timers.set(customerId, due);
    if (decided.change === null) return;
    const number = ++this.#number;
    const identity = { timelineOffset: record.offset, effectiveAt: at, phase: 0, customerId, number } as const;
    const words = tierWords(decided.change, policy);
    const written = this.#encoding.change({ decision: decided.change, causes, policyNumber, words }, identity);
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
