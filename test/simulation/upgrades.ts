import { embeddedSchemaIds, encodeRaw } from '@tidemark/contracts';
import { type FacetName, facetNames, facets, TIER_VERSION, type TimeMs } from '@tidemark/domain';
import type { Random } from '@tidemark/testkit';
import type { RawWrite } from './raw-write.ts';
import { type Burst, STARTS_AT, type Workload } from './workload.ts';

export type FoldName = FacetName | 'tier';

/** A later version of a fold, which takes over in a run. */
export interface Upgrade {
  readonly fold: FoldName;
  readonly version: number;
  /** Virtual time at which its processes begin, ms since the run's start: before or after its cutover is written. */
  readonly startsAfterMs: number;
  /** When somebody gives it up, before any cutover is written, to begin again at its start; null: nobody does. */
  readonly abortsAfterMs: number | null;
  /** When those of the version before go away, and for how long: what they have not told by then comes late. */
  readonly away: { readonly afterMs: number; readonly forMs: number } | null;
}

/** What the state and the group of a later version are called. */
export function stateNameOfUpgrade({ fold, version }: Pick<Upgrade, 'fold' | 'version'>): string {
  return `${fold}-${version}`;
}

export function versionOf(fold: FoldName): number {
  return fold === 'tier' ? TIER_VERSION : facets[fold].score.version;
}

/** Upgrades of some folds, and the workload with their cutovers in it. */
export function drawUpgrades(random: Random, workload: Workload): readonly [readonly Upgrade[], Workload] {
  const bursts: Burst[] = [...workload.bursts];
  const upgrades: Upgrade[] = [];
  const folds = random.shuffled<FoldName>([...facetNames, 'tier']).slice(0, random.between(1, 3));
  for (const fold of folds) {
    let cutAt = random.next() * 0.7;
    for (let later = 1; later <= (random.chance(0.3) ? 2 : 1); later++) {
      const version = versionOf(fold) + later;
      const cutAfterMs = addCutovers(random, workload, bursts, { fold, version }, cutAt);
      cutAt += random.next() * (1 - cutAt);
      const early = random.chance(0.3);
      const startsAfterMs = early
        ? Math.floor(random.next() * cutAfterMs)
        : random.between(0, Math.max(1, Math.floor(workload.endsAfterMs * 0.9)));
      const aborts = startsAfterMs < cutAfterMs - 2 && random.chance(0.3);
      const away = {
        afterMs: Math.max(0, cutAfterMs - random.between(0, 300)),
        forMs: random.pick([300, 3_000, 60_000]),
      };
      upgrades.push({
        away: random.chance(0.6) ? away : null,
        fold,
        version,
        startsAfterMs: aborts ? cutAfterMs - 1 : startsAfterMs,
        abortsAfterMs: aborts ? random.between(startsAfterMs, cutAfterMs - 1) : null,
      });
    }
  }
  return [upgrades, { ...workload, bursts }];
}

/** Writes a cutover to every lane; gives the time at which the first of them is written. */
function addCutovers(
  random: Random,
  { lanes, clock }: Workload,
  bursts: Burst[],
  { fold, version }: Pick<Upgrade, 'fold' | 'version'>,
  at: number,
): number {
  let first = Number.POSITIVE_INFINITY;
  for (let lane = 0; lane < lanes; lane++) {
    // Most lanes have it at once, some later; some have it again.
    const own = random.chance(0.7) ? at : at + random.next() * (1 - at);
    for (const share of random.chance(0.3) ? [own, own + random.next() * (1 - own)] : [own]) {
      const places = placesOf(bursts, lane, clock === 'live');
      const place = places[Math.floor(share * places.length)];
      if (place === undefined) continue;
      const burst = bursts[place.burst] as Burst;
      const write = cutoverWrite(fold, version, lane, place.time ?? STARTS_AT + burst.afterMs);
      const writes = [...burst.writes];
      writes.splice(place.after + 1, 0, write);
      bursts[place.burst] = { ...burst, writes };
      first = Math.min(first, burst.afterMs);
    }
  }
  return Number.isFinite(first) ? first : 0;
}

interface Place {
  readonly burst: number;
  /** Behind which of the burst's writes. */
  readonly after: number;
  /** On the event clock, that of the control record before it; null: when it is written. */
  readonly time: number | null;
}

/** Where a lane's control can have a cutover, or another format: behind its first policy; on the event clock behind what says a time. */
export function placesOf(bursts: readonly Burst[], lane: number, isLive: boolean): Place[] {
  const places: Place[] = [];
  let hasPolicy = false;
  for (const [burst, { writes }] of bursts.entries()) {
    for (const [after, write] of writes.entries()) {
      if (write.topic !== 'control' || write.lane !== lane) continue;
      hasPolicy ||= write.expectation.kind === 'policy';
      const says = write.expectation.kind !== 'refused' && write.time !== null;
      if (hasPolicy && says && !isLive) places.push({ burst, after, time: write.time });
    }
    if (hasPolicy && isLive && burst > 0) places.push({ burst, after: writes.length - 1, time: null });
  }
  return places;
}

function cutoverWrite(fold: FoldName, version: number, lane: number, time: number): RawWrite {
  const id = embeddedSchemaIds.idOf('cutover') as number;
  const value = encodeRaw('cutover', id, { facet: fold, version, time: time as TimeMs });
  return { topic: 'control', lane, key: null, value, expectation: { kind: 'cutover' }, time, until: null };
}
