import { type Findings, isSound } from './check/findings.ts';
import { FAULT_NAMES } from './faults.ts';
import type { SelfEnded } from './fleet.ts';
import type { Ledger } from './ledger.ts';
import type { FaultRecord } from './nemesis.ts';

/** How a run went. */
export interface ChaosReport {
  readonly seed: number;
  readonly ledger: Ledger;
  readonly records: readonly FaultRecord[];
  /** Ms from the last event's acknowledgement until all was folded; null: not in time. */
  readonly lastRecoveryMs: number | null;
  readonly findings: Findings;
  /** What had not been folded in time, and what services said then. */
  readonly stuck: readonly string[];
  readonly selfEnded: readonly SelfEnded[];
}

/** Nothing lost, doubled by identity, there without cause or torn; no process ended by itself, and all recovered in time. */
export function isGood({ findings, stuck, selfEnded }: ChaosReport): boolean {
  return isSound(findings.problems) && stuck.length === 0 && selfEnded.length === 0;
}

export function describeFault({ name, detail, beganAtMs, endedAtMs, recoveryMs }: FaultRecord): string {
  const recovery = recoveryMs === null ? '' : `; recovered after ${seconds(recoveryMs)}`;
  return `${seconds(beganAtMs)} to ${seconds(endedAtMs)}: ${name}: ${detail}${recovery}`;
}

/** Problems shown of each kind. */
const SHOWN_MAX = 10;

export function describeReport(report: ChaosReport): string[] {
  const { ledger, records, findings, stuck, selfEnded, lastRecoveryMs } = report;
  const { compared, problems, wireDuplicates } = findings;
  const { lost, doubled, ghosts, torn } = problems;
  const givenUp = [...ledger.givenUp].map(([code, count]) => `${code} ${count}`).join(', ');
  const onWire = `timeline ${wireDuplicates.timeline}, changes ${wireDuplicates.changes}, dead letters ${wireDuplicates.deadLetters}`;
  return [
    `${ledger.events.size} events in ${ledger.sent} records sent, ${ledger.acknowledged.length} acknowledged`,
    ...(givenUp === '' ? [] : [`sends given up by a producer and made again: ${givenUp}`]),
    `${records.length} faults; after the last, all was folded in ${lastRecoveryMs === null ? 'no time' : seconds(lastRecoveryMs)}`,
    ...describeKinds(records),
    `compared: ${compared.rawRecords} raw records, ${compared.changes} changes (tier changes by silence: ${compared.tierChangesBySilence}), all facets of ${compared.customers} customers`,
    `doubled on the wire, dropped by identity: ${onWire}`,
    `lost ${lost.length}, doubled by identity ${doubled.length}, ghosts ${ghosts.length}, torn ${torn.length}`,
    ...Object.entries(problems).flatMap(([kind, found]) => shown(kind, found)),
    ...shown('stuck', stuck),
    ...selfEnded.map(({ member, code, lastWords }) => `ended by itself: ${member}, code ${code}: ${lastWords}`),
  ];
}

function describeKinds(records: readonly FaultRecord[]): string[] {
  return FAULT_NAMES.flatMap((name) => {
    const own = records.filter((record) => record.name === name);
    const times = own.flatMap(({ recoveryMs }) => (recoveryMs === null ? [] : [recoveryMs])).sort((a, b) => a - b);
    const recovery =
      times.length === 0
        ? 'never alone'
        : `recovered in ${seconds(times[times.length >> 1] ?? 0)} (median of ${times.length}), ${seconds(times.at(-1) ?? 0)} at most`;
    return own.length === 0 ? [] : [`  ${name.padEnd(11)} ${String(own.length).padStart(3)}  ${recovery}`];
  });
}

function shown(kind: string, found: readonly string[]): string[] {
  const more = found.length > SHOWN_MAX ? [`${kind}: and ${found.length - SHOWN_MAX} more`] : [];
  return [...found.slice(0, SHOWN_MAX).map((problem) => `${kind}: ${problem}`), ...more];
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
