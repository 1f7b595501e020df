import type { ClockKind } from './workload.ts';

export interface PinnedSeed {
  readonly seed: number;
  readonly clock: ClockKind;
  /** What it once found. What a seed does changes with the simulator: the test beside the mended code stays. */
  readonly found: string;
}

/** Seeds that once failed. */
export const PINNED_SEEDS: readonly PinnedSeed[] = [
  { seed: 1001, clock: 'switch', found: 'punctuations read again after the switch to the wall clock were refused' },
  { seed: 1014, clock: 'switch', found: 'the switch to the wall clock, read again, was refused' },
  { seed: 1011, clock: 'switch', found: 'a late record of the event clock took a live lane back to it' },
  { seed: 1008, clock: 'live', found: 'a raw topic that was cut and grew again was read on as if nothing had been' },
  { seed: 5214, clock: 'live', found: 'the first policy moved a lane to the time of a clock that was hours ahead' },
  { seed: 5319, clock: 'live', found: 'tier decided without a change that was lost before the progress after it' },
  { seed: 5549, clock: 'switch', found: 'tier decided without a change that was lost before the progress after it' },
  { seed: 20016, clock: 'live', found: 'a reader that was sent back to the start took what came for old' },
  { seed: 20527, clock: 'event', found: 'the simulator took records away after it had promised not to' },
  { seed: 40346, clock: 'switch', found: 'the simulator let a reader stand still until a log made anew had grown' },
  {
    seed: 70407,
    clock: 'live',
    found: 'a unify that stood still while it asked for the time took its clock for ahead',
  },
  { seed: 91349, clock: 'switch', found: 'the simulator let an older commit take the note of a cut timeline with it' },
  { seed: 94783, clock: 'event', found: 'the simulator took a process that was back for dead, and left it at that' },
  { seed: 50738, clock: 'switch', found: 'the simulator let an older commit take the note of a cut raw topic with it' },
  { seed: 52, clock: 'event', found: "a policy's wave missed customers whose first facet was still to be committed" },
  { seed: 550, clock: 'event', found: "a policy's wave missed customers whose first facet was still to be committed" },
  { seed: 30866, clock: 'switch', found: 'the simulator expected a tick before it was due' },
];
