import type { TierPolicy } from '@tidemark/domain';
import { stateNames } from '@tidemark/pipeline';
import type { Lane } from '@tidemark/stream';
import { checkInForce, readLaneState } from './lane-state.ts';
import type { Reading } from './types.ts';

export interface TierCount {
  readonly tier: string;
  readonly customers: number;
}

/**
 * How many customers each tier has, lowest tier first; tiers that the policy no longer has come at the end. Two round
 * trips a lane. Throws `state-damaged` and `other-fold-version`.
 */
export async function readTiers(reading: Reading): Promise<readonly TierCount[]> {
  const names = await readTierNames(reading);
  const counts = new Map(names.map((name) => [name, 0]));
  const lanes = await Promise.all(lanesOf(reading).map((lane) => reading.store.labelCounts(stateNames.tier, lane)));
  const found = lanes.flatMap((ofLane) => [...ofLane]).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  for (const [tier, customers] of found) counts.set(tier, (counts.get(tier) ?? 0) + customers);
  return [...counts].map(([tier, customers]) => ({ tier, customers }));
}

/** The tiers of the newest policy of any lane, lowest first; none before the first policy. */
export async function readTierNames(reading: Pick<Reading, 'log' | 'store' | 'memo'>): Promise<readonly string[]> {
  const metas = await Promise.all(lanesOf(reading).map((lane) => reading.store.metas(lane)));
  let newest: { readonly number: number; readonly tiers: TierPolicy } | null = null;
  for (const [lane, ofLane] of metas.entries()) {
    const state = readLaneState(lane, ofLane, reading.memo);
    checkInForce(state, 'tier');
    const rules = state.services.get('tier')?.rules ?? null;
    if (rules === null || rules.policyNumber <= (newest?.number ?? 0)) continue;
    newest = { number: rules.policyNumber, tiers: rules.policy.tiers };
  }
  return newest?.tiers.tiers.map(({ name }) => name) ?? [];
}

export function lanesOf({ log }: Pick<Reading, 'log'>): readonly Lane[] {
  return Array.from({ length: log.lanes }, (_, lane) => lane);
}
