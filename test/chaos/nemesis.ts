import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '@tidemark/testkit';
import { type Battlefield, type FaultName, faults } from './faults.ts';

/** A fault that was. */
export interface FaultRecord {
  readonly name: FaultName;
  readonly detail: string;
  /** Ms since the run began. */
  readonly beganAtMs: number;
  readonly endedAtMs: number;
  /** Ms from its end until all that producers had sent by then was folded; null where another fault came before. */
  recoveryMs: number | null;
}

export interface NemesisOptions {
  readonly names: readonly FaultName[];
  readonly isOver: () => boolean;
  /** Waits until what was sent by now is folded, and how long that took; null: not in time. */
  readonly recover: () => Promise<number | null>;
  readonly onFault: (record: FaultRecord) => void;
}

/** Two faults at once, of different targets. */
const PAIRED = 0.2;
/** The next fault comes before the last one is recovered from. */
const HASTY = 0.2;
const CALM_MS_MAX = 1_000;

/**
 * Rounds of faults until it is over: each round has every kind once, in an order of its own. All is drawn from the seed,
 * whatever the pipeline does meanwhile. Ends early where the pipeline does not recover.
 */
export async function unleash(field: Battlefield, random: Random, options: NemesisOptions): Promise<FaultRecord[]> {
  const startedAt = performance.now();
  const records: FaultRecord[] = [];
  do {
    for (const names of drawRound(random, options.names)) {
      const together = await Promise.all(
        names.map(async (name) => {
          const beganAtMs = performance.now() - startedAt;
          const detail = await faults[name].befall(field, random.fork());
          const endedAtMs = performance.now() - startedAt;
          return { name, detail, beganAtMs, endedAtMs, recoveryMs: null };
        }),
      );
      const isHasty = random.chance(HASTY);
      const calmMs = random.between(0, CALM_MS_MAX);
      const isStuck = !(await settle(together, isHasty, options));
      records.push(...together);
      if (isStuck) return records;
      await sleep(calmMs);
    }
  } while (!options.isOver());
  return records;
}

/** False: it did not recover. */
async function settle(
  together: FaultRecord[],
  isHasty: boolean,
  { recover, onFault }: NemesisOptions,
): Promise<boolean> {
  const recoveryMs = isHasty ? null : await recover();
  // Of two at once the time is nobody's own.
  for (const record of together) record.recoveryMs = together.length === 1 ? recoveryMs : null;
  for (const record of together) onFault(record);
  return isHasty || recoveryMs !== null;
}

function drawRound(random: Random, names: readonly FaultName[]): FaultName[][] {
  const left = random.shuffled(names);
  const round: FaultName[][] = [];
  for (let first = left.shift(); first !== undefined; first = left.shift()) {
    const { target } = faults[first];
    const second = random.chance(PAIRED) ? left.findIndex((name) => faults[name].target !== target) : -1;
    round.push(second < 0 ? [first] : [first, ...left.splice(second, 1)]);
  }
  return round;
}
