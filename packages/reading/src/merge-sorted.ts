/** Merges sorted sequences into one; of equal items the one of the earlier sequence comes first. Holds one item of each. */
export async function* mergeSorted<Item>(
  sequences: readonly AsyncGenerator<Item>[],
  compare: (a: Item, b: Item) => number,
): AsyncGenerator<Item> {
  const heads: { readonly sequence: AsyncGenerator<Item>; item: Item }[] = [];
  for (const sequence of sequences) {
    const first = await sequence.next();
    if (first.done !== true) heads.push({ sequence, item: first.value });
  }
  for (;;) {
    let least = heads[0];
    if (least === undefined) return;
    for (const head of heads) if (compare(head.item, least.item) < 0) least = head;
    yield least.item;
    const next = await least.sequence.next();
    if (next.done === true) heads.splice(heads.indexOf(least), 1);
    else least.item = next.value;
  }
}
