import { readEmbedded } from '@tidemark/embedded';
import type { EventLog, ProfileReader } from '@tidemark/stream';
import { facetsOfLane } from '../facets-of-lane.ts';
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
