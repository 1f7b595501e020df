import assert from 'node:assert';
import type { Lane } from '@tidemark/stream';
import { SLOTS, slotOf } from './key-slot.ts';

/**
 * Every key that Tidemark has in Redis, for namespace `tidemark` and lane 0 of 12, whose hash tag is `{0.16999}`:
 *
 * | key | type | holds |
 * |---|---|---|
 * | `tidemark:about` | hash | `layout` and `lanes`, fixed when the namespace was first used |
 * | `tidemark:lane:{0.16999}` | hash | `epoch`, `customers`: how many are listed; of each service `<service>:token`, `:meta`, `:trimmed` (outputs up to this sequence are in the log), `:timers` and `:outbox`: how many entries these have, `:labels`: customers by label, as JSON; `:clearing` alone while it is being cleared |
 * | `tidemark:cust:{0.16999}:<epoch>:<customerId>` | hash | a customer: one field a service, its facet as JSON |
 * | `tidemark:customers:{0.16999}:<epoch>` | sorted set, score 0 | ids of the lane's customers with any facet, in order of their bytes |
 * | `tidemark:timers:{0.16999}:<epoch>:<service>` | sorted set | customer ids by due time, ms; ties by the bytes of the id |
 * | `tidemark:outbox:{0.16999}:<epoch>:<service>` | stream | outputs not known to be in the log, in blocks of one topic: `sizes` of keys (null: none) and values in turn, and their `bytes`, a character a byte; entry `0-<sequence of the last>` |
 * | `tidemark:label:{0.16999}:<epoch>:<service>:<label>` | sorted set, score 0 | ids of customers with the label, in order of their bytes |
 *
 * All of a lane has one hash tag, so a script touches one slot and is atomic on a cluster too. What is before the first
 * `{` is ours, so a brace in an id or label changes no slot. Scripts get prefixes that end in `:` among their KEYS and
 * append the rest: the epoch, and which customers a timer or a scan finds, are known in the script alone.
 *
 * Redis can lose any one of these keys (an eviction, somebody's DEL), and whatever is not there looks as if it had never
 * been. So everything hangs on the lane's hash. It counts the entries of the others, and scripts compare; the list of
 * customers says whose hash there must be. The hash itself has the epoch, a name drawn when the lane began: without it
 * the lane begins anew, as after a flush, and meets nothing of what the others still hold.
 */
export interface LaneKeys {
  readonly lane: string;
  /** Prefixes. */
  readonly customer: string;
  readonly customers: string;
  readonly timers: string;
  readonly outbox: string;
  readonly label: string;
}

/** What a new layout of keys or values raises: a store of another layout is refused. */
export const LAYOUT = 4;

/** Builds the keys of one namespace, whose number of lanes is fixed: it decides where lanes lie on a cluster. */
export class Keys {
  readonly about: string;
  readonly #namespace: string;
  readonly #lanes: number;
  readonly #tags = new Map<Lane, string>();

  constructor(namespace: string, lanes: number) {
    assert(/^[a-z0-9-]{1,48}$/.test(namespace), 'a namespace is lower-case letters, digits and hyphens');
    assert(Number.isInteger(lanes) && lanes > 0 && lanes <= SLOTS, 'lanes is a whole number from 1');
    this.#namespace = namespace;
    this.#lanes = lanes;
    this.about = `${namespace}:about`;
  }

  ofLane(lane: Lane): LaneKeys {
    return {
      lane: `${this.#namespace}:lane:${this.#tagOf(lane)}`,
      customer: this.#prefix('cust', lane),
      customers: this.#prefix('customers', lane),
      timers: this.#prefix('timers', lane),
      outbox: this.#prefix('outbox', lane),
      label: this.#prefix('label', lane),
    };
  }

  #prefix(what: string, lane: Lane): string {
    return `${this.#namespace}:${what}:${this.#tagOf(lane)}:`;
  }

  #tagOf(lane: Lane): string {
    assert(Number.isInteger(lane) && lane >= 0 && lane < this.#lanes, 'a lane is a whole number below their number');
    let tag = this.#tags.get(lane);
    if (tag === undefined) {
      tag = `{${tagOf(lane, this.#lanes)}}`;
      this.#tags.set(lane, tag);
    }
    return tag;
  }
}

/**
 * `<lane>.<n>` with the smallest n whose slot is the middle of the lane's share of all slots. However many nodes share
 * the slots in equal ranges, their numbers of lanes then differ by one at most.
 */
function tagOf(lane: Lane, lanes: number): string {
  const slot = Math.floor(((lane + 0.5) / lanes) * SLOTS);
  for (let n = 0; ; n++) {
    const tag = `${lane}.${n}`;
    if (slotOf(tag) === slot) return tag;
  }
}
