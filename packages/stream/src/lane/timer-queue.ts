import { type CustomerId, compareCustomerIds, type TimeMs } from '@tidemark/domain';

export interface Timer {
  readonly due: TimeMs;
  readonly customerId: CustomerId;
}

export function compareTimers(a: Timer, b: Timer): number {
  return a.due - b.due || compareCustomerIds(a.customerId, b.customerId);
}

/** A binary heap of timers by (due, customer id bytes). */
export class TimerQueue {
  readonly #heap: Timer[] = [];

  get size(): number {
    return this.#heap.length;
  }

  clear(): void {
    this.#heap.length = 0;
  }

  get first(): Timer | undefined {
    return this.#heap[0];
  }

  push(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(timer);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Timer;
      if (compareTimers(above, timer) <= 0) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = timer;
  }

  shift(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && compareTimers(heap[child + 1] as Timer, heap[child] as Timer) < 0) child++;
      if (compareTimers(last, heap[child] as Timer) <= 0) break;
      heap[at] = heap[child] as Timer;
      at = child;
    }
    heap[at] = last;
  }
}
