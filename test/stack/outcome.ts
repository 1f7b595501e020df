import type { CustomerId } from '@tidemark/domain';
import { readEmbedded } from '@tidemark/embedded';
import type { EventLog, ProfileReader } from '@tidemark/stream';
import { type TierChangesRead, tierChangesOf } from './tier-changes-of.ts';

/** What a replay comes to: what tools were told, and what is known of every customer. */
export interface Outcome extends TierChangesRead {
  /** All facets of a customer, as stored, in one text; by lane and customer. */
  readonly facets: readonly string[];
}

interface Pipeline {
  readonly log: Pick<EventLog, 'lanes' | 'bounds' | 'read'>;
  readonly store: Pick<ProfileReader, 'customers'>;
}

export async function outcomeOf({ log, store }: Pipeline): Promise<Outcome> {
  const facets: string[] = [];
  for (let lane = 0; lane < log.lanes; lane++) facets.push(...(await facetsOfLane(store, lane)));
  return { ...(await tierChangesOf(log)), facets };
}

export function outcomeOfFolder(folder: string): Promise<Outcome> {
  return readEmbedded(folder, outcomeOf);
}

const PROFILES_AT_ONCE = 500;

async function facetsOfLane(store: Pipeline['store'], lane: number): Promise<string[]> {
  const texts: string[] = [];
  for (let after: CustomerId | null = null; ; ) {
    const page: Awaited<ReturnType<typeof store.customers>> = await store.customers(lane, after, PROFILES_AT_ONCE);
    for (const { customerId, facets } of page)
      texts.push(`${lane} ${customerId} ${JSON.stringify([...facets].sort())}`);
    after = page.at(-1)?.customerId ?? null;
    if (after === null) return texts;
  }
}
