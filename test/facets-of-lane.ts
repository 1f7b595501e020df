import type { CustomerId } from '@tidemark/domain';
import type { Lane, ProfileReader } from '@tidemark/stream';

const PROFILES_AT_ONCE = 500;

/** A text for each customer of the lane, with all their facets as stored; by customer. */
export async function facetsOfLane(store: Pick<ProfileReader, 'customers'>, lane: Lane): Promise<string[]> {
  const texts: string[] = [];
  for (let after: CustomerId | null = null; ; ) {
    const page: Awaited<ReturnType<typeof store.customers>> = await store.customers(lane, after, PROFILES_AT_ONCE);
    for (const { customerId, facets } of page)
      texts.push(`${lane} ${customerId} ${JSON.stringify([...facets].sort())}`);
    after = page.at(-1)?.customerId ?? null;
    if (after === null) return texts;
  }
}
