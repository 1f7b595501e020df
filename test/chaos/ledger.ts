import type { Position } from '@tidemark/producer';

/** An event that the load has made, and what it must still say on the timeline. */
export interface SentEvent {
  readonly customerId: string;
  readonly topic: string;
  /** Of an order; null for other events. */
  readonly amountMinor: number | null;
}

/** A record that the log has acknowledged. */
export interface Acknowledged extends Position {
  readonly topic: string;
  /** Null for a record that is no event. */
  readonly eventId: string | null;
}

/** What producers have sent, and what the log told them. */
export class Ledger {
  readonly events = new Map<string, SentEvent>();
  readonly acknowledged: Acknowledged[] = [];
  /** Records given to producers, repeats and malformed ones included. */
  sent = 0;
  /** Sends that a producer gave up and that were made again, by the error's code. */
  readonly givenUp = new Map<string, number>();
  readonly #ends = new Map<string, number>();

  acknowledge(record: Acknowledged): void {
    const { topic, lane, offset } = record;
    this.acknowledged.push(record);
    const place = `${topic}/${lane}`;
    this.#ends.set(place, Math.max(this.#ends.get(place) ?? 0, offset + 1));
  }

  giveUp(code: string): void {
    this.givenUp.set(code, (this.givenUp.get(code) ?? 0) + 1);
  }

  /** The end of what is acknowledged, by `topic/lane`. */
  get ends(): ReadonlyMap<string, number> {
    return new Map(this.#ends);
  }
}
