/** What is wrong with a run, one sentence each; all empty when nothing is. */
export interface Problems {
  /** Should be there and is not. */
  readonly lost: string[];
  /** There under two identities, or on the timeline twice: nobody who drops repeats by identity would notice. */
  readonly doubled: string[];
  /** There and should not be. */
  readonly ghosts: string[];
  /** There with another content, in another order, or not as a continuation of what was before. */
  readonly torn: string[];
}

/** Repeats that readers drop: allowed, and counted. */
export interface WireDuplicates {
  timeline: number;
  changes: number;
  deadLetters: number;
}

/** How much was looked at: where there was nothing, nothing could be wrong. */
export interface Compared {
  rawRecords: number;
  changes: number;
  /** Those that came because nothing happened. */
  tierChangesBySilence: number;
  customers: number;
}

export interface Findings {
  readonly compared: Compared;
  readonly problems: Problems;
  readonly wireDuplicates: WireDuplicates;
}

export function noFindings(): Findings {
  return {
    compared: { rawRecords: 0, changes: 0, tierChangesBySilence: 0, customers: 0 },
    problems: { lost: [], doubled: [], ghosts: [], torn: [] },
    wireDuplicates: { timeline: 0, changes: 0, deadLetters: 0 },
  };
}

export function isSound({ lost, doubled, ghosts, torn }: Problems): boolean {
  return lost.length + doubled.length + ghosts.length + torn.length === 0;
}
