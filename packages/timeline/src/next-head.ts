import type { MergeKey, RawHead, RawInput } from './raw-input.ts';

export interface NextHead {
  readonly input: RawInput;
  readonly head: RawHead;
}

/** A promise where a schema has to be asked for first: wait for it, then ask again. */
export type Next = NextHead | null | Promise<unknown>;

/**
 * The next record of the merge by (time, punctuations first, order of the inputs), or null while an input that has
 * nothing could still bring an earlier one. Deterministic: the same topics merge the same, however they arrive.
 */
export function nextMerged(inputs: readonly RawInput[]): Next {
  let first: RawHead | null = null;
  let firstOrder = -1;
  for (let order = 0; order < inputs.length; order++) {
    const head = inputs[order]?.head() ?? null;
    if (head instanceof Promise) return head;
    if (head === null || (first !== null && compareKeys(head.key, first.key) >= 0)) continue;
    first = head;
    firstOrder = order;
  }
  if (first === null) return null;
  for (let order = 0; order < inputs.length; order++) {
    const input = inputs[order] as RawInput;
    if (input.isEmpty && !comesAfter(input.bound, order, first.key, firstOrder)) return null;
  }
  return { input: inputs[firstOrder] as RawInput, head: first };
}

/** Whether all that an empty input can still bring comes after the first head. */
function comesAfter(bound: MergeKey | null, order: number, first: MergeKey, firstOrder: number): boolean {
  if (bound === null) return false;
  const difference = compareKeys(first, bound);
  return difference < 0 || (difference === 0 && firstOrder < order);
}

/** The next record that has arrived, for a lane on the wall clock: inputs in turn, whatever their times. */
export function nextArrived(inputs: readonly RawInput[], after: RawInput | null): Next {
  const start = after === null ? 0 : inputs.indexOf(after) + 1;
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[(start + i) % inputs.length] as RawInput;
    const head = input.head();
    if (head instanceof Promise) return head;
    if (head !== null) return { input, head };
  }
  return null;
}

function compareKeys(a: MergeKey, b: MergeKey): number {
  return a.time - b.time || a.kind - b.kind;
}
