import assert from 'node:assert';
import type { CustomerId } from '@tidemark/domain';
import type { Lane } from '@tidemark/stream';
import { SLOTS, slotOf } from './key-slot.ts';

/**
 * Every key that Tidemark has in Redis, for namespace `tidemark` and lane 0 of 12, whose hash tag is `{0.16999}`:
 *
 * | key | type | holds |
 * |---|---|---|
 * | `tidemark:about` | hash | `layout` and `lanes`, fixed when the namespace was first used |
 * | `tidemark:cust:{0.16999}:<customerId>` | hash | a customer: one field a service, its facet as JSON |
 * | `tidemark:customers:{0.16999}` | sorted set, score 0 | ids of the lane's customers with any facet, in order of their bytes |
 * | `tidemark:services:{0.16999}` | set | services that have state in the lane |
 * | `tidemark:lane:{0.16999}:<service>` | hash | `token`, `meta`, `trimmed` (outputs up to this sequence are in the log); `clearing` alone while the service is being cleared |
 * | `tidemark:timers:{0.16999}:<service>` | sorted set | customer ids by due time, ms; ties by the bytes of the id |
 * | `tidemark:outbox:{0.16999}:<service>` | stream | outputs not known to be in the log, in blocks of one topic: `sizes` of keys (null: none) and values in turn, and their `bytes`, a character a byte; entry `0-<sequence of the last>` |
 * | `tidemark:labels:{0.16999}:<service>` | set | labels that were ever given |
 * | `tidemark:label:{0.16999}:<service>:<label>` | sorted set, score 0 | ids of customers with the label, in order of their bytes |
 *
 * All of a lane has one hash tag, so a script touches one slot and is atomic on a cluster too. What is before the first
 * `{` is ours, so a brace in an id or label changes no slot. Scripts get prefixes that end in `:` among their KEYS and
 * append an id, service or label: which customers a timer or a scan finds is known in the script alone.
 */
export interface LaneKeys {
  /** Prefix of the customers' keys. */
  readonly customer: string;
  readonly customers: string;
  readonly services: string;
  /** Prefix of the services' `lane` keys. */
  readonly lane: string;
}

export interface ServiceKeys {
  readonly lane: string;
  readonly timers: string;
  readonly outbox: string;
  readonly labels: string;
  /** Prefix of the sets by label. */
  readonly label: string;
}

/** What a new layout of keys or values raises: a store of another layout is refused. */
export const LAYOUT = 3;

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
      customer: this.#key('cust', lane, ''),
      customers: `${this.#namespace}:customers:${this.#tagOf(lane)}`,
      services: `${this.#namespace}:services:${this.#tagOf(lane)}`,
      lane: this.#key('lane', lane, ''),
    };
  }

  ofService(service: string, lane: Lane): ServiceKeys {
    assert(/^[a-z0-9-]+$/.test(service), 'a service is lower-case letters, digits and hyphens');
    return {
      lane: this.#key('lane', lane, service),
      timers: this.#key('timers', lane, service),
      outbox: this.#key('outbox', lane, service),
      labels: this.#key('labels', lane, service),
      label: this.#key('label', lane, `${service}:`),
    };
  }

  ofCustomer(lane: Lane, customerId: CustomerId): string {
    return this.#key('cust', lane, customerId);
  }

  ofLabel(service: string, lane: Lane, label: string): string {
    return this.ofService(service, lane).label + label;
  }

  #key(what: string, lane: Lane, rest: string): string {
    return `${this.#namespace}:${what}:${this.#tagOf(lane)}:${rest}`;
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
