import type { SimulatedLog, SimulatedStore, Simulation } from '@tidemark/testkit';
import type { Deployment } from './deployment.ts';
import type { RawWrite } from './raw-write.ts';
import type { Ruin } from './ruin.ts';
import type { Upgrade } from './upgrades.ts';
import type { Wiring } from './wiring.ts';
import type { Workload } from './workload.ts';

/** A run and all that is in it. */
export interface World {
  readonly simulation: Simulation;
  readonly log: SimulatedLog;
  readonly store: SimulatedStore;
  readonly wiring: Wiring;
  readonly deployment: Deployment;
  readonly workload: Workload;
  /** What was written to each raw topic's lane, by offset. */
  readonly written: ReadonlyMap<string, readonly RawWrite[]>;
  /** What became of the log, where something did that nothing can mend. */
  ruin: Ruin | null;
  readonly upgrades: readonly Upgrade[];
  /** Whether an earlier build began the lanes, in its format. */
  readonly isEarlier: boolean;
}

export function writtenTo({ written }: World, topic: string, lane: number): readonly RawWrite[] {
  return written.get(`${topic}/${lane}`) ?? [];
}
