import { readFileSync } from 'node:fs';

/** MiB that a process has in memory; NaN where there is no /proc. */
export function residentMib(pid: number | undefined): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
  } catch {
    return Number.NaN;
  }
}
