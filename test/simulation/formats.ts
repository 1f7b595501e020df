import { embeddedSchemaIds, encodeRaw, TIMELINE_FORMAT } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import type { Random } from '@tidemark/testkit';
import { type UnifyRules, unifyRules } from '@tidemark/timeline';
import type { RawWrite } from './raw-write.ts';
import { placesOf } from './upgrades.ts';
import { type Burst, STARTS_AT, type Workload } from './workload.ts';

/** Whether an earlier build began the run's lanes, in its format: some with upgrades of folds, some whose log is ruined. */
export function beginsEarlier(seed: number): boolean {
  return seed % 4 === 3 || seed % 16 === 12;
}

/** Lanes without records begin as an earlier build begins them; they go on by the rules of this one. */
export function earlierRules(own: UnifyRules = unifyRules): UnifyRules {
  const begins = ({ noted, first }: Parameters<UnifyRules['formatOf']>[0]) => noted === null && first === null;
  return { ...own, formatOf: (known) => (begins(known) ? 1 : own.formatOf(known)) };
}

/** The workload with a control record for each lane that brings this build's format; to some it comes later, or twice. */
export function withFormats(random: Random, workload: Workload): Workload {
  const bursts: Burst[] = [...workload.bursts];
  const at = random.next() * 0.8;
  for (let lane = 0; lane < workload.lanes; lane++) {
    const own = random.chance(0.7) ? at : at + random.next() * (1 - at);
    for (const share of random.chance(0.3) ? [own, own + random.next() * (1 - own)] : [own]) {
      const places = placesOf(bursts, lane, workload.clock === 'live');
      const place = places[Math.floor(share * places.length)];
      const burst = place === undefined ? undefined : bursts[place.burst];
      if (place === undefined || burst === undefined) continue;
      const writes = [...burst.writes];
      writes.splice(place.after + 1, 0, formatWrite(lane, place.time ?? STARTS_AT + burst.afterMs));
      bursts[place.burst] = { ...burst, writes };
    }
  }
  return { ...workload, bursts };
}

function formatWrite(lane: number, time: number): RawWrite {
  const id = embeddedSchemaIds.idOf('format') as number;
  const value = encodeRaw('format', id, { format: TIMELINE_FORMAT, time: time as TimeMs });
  return { topic: 'control', lane, key: null, value, expectation: { kind: 'format' }, time, until: null };
}
