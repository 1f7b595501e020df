import { type CustomerId, compareCustomerIds, type TimeMs } from '@tidemark/domain';
import { Heap } from './heap.ts';

interface Timer {
  readonly due: TimeMs;
  readonly customerId: CustomerId;
}

/** One exact timer a customer, by (due, customer id bytes). */
export class PlainTimers {
  readonly #due = new Map<CustomerId, TimeMs>();
  /** Holds replaced timers too, which are passed over. */
  readonly #queue = new Heap<Timer>((a, b) => a.due - b.due || compareCustomerIds(a.customerId, b.customerId));

  set(customerId: CustomerId, due: TimeMs | null): void {
    if (due === null) {
      this.#due.delete(customerId);
    } else if (this.#due.get(customerId) !== due) {
      this.#due.set(customerId, due);
      this.#queue.push({ due, customerId });
    }
  }

  /** The first timer; null without any. */
  get first(): Timer | null {
    for (let first = this.#queue.first; first !== undefined; first = this.#queue.first) {
      if (this.#due.get(first.customerId) === first.due) return first;
      this.#queue.pop();
    }
    return null;
  }

  /** Takes the first timer if it is due at or before `until`. */
  take(until: TimeMs): Timer | null {
    const { first } = this;
    if (first === null || first.due > until) return null;
    this.#due.delete(first.customerId);
    this.#queue.pop();
    return first;
  }
}
