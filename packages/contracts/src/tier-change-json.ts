import type { TierChangeRecord } from './generated/records.ts';

/** What later versions fill. */
type ForLater = 'foldVersion' | 'epoch';

/** A tier change without what later versions fill. */
export function toldTierChange(change: TierChangeRecord): Omit<TierChangeRecord, ForLater> {
  const { foldVersion: _, epoch: __, ...told } = change;
  return told;
}

/** A tier change as HTTP and the consumer package give it: the record with its customer, its place, and times as ISO 8601. */
export interface TierChangeJson extends Omit<TierChangeRecord, 'effectiveAt' | ForLater> {
  readonly customerId: string;
  /** With `number`, the change's identity: `number` is dense in a lane. */
  readonly lane: number;
  readonly offset: number;
  readonly effectiveAt: string;
}

export function tierChangeJson(
  { lane, offset, customerId }: { readonly lane: number; readonly offset: number; readonly customerId: string },
  change: TierChangeRecord,
): TierChangeJson {
  return {
    customerId,
    lane,
    offset,
    ...toldTierChange(change),
    effectiveAt: new Date(change.effectiveAt).toISOString(),
  };
}
