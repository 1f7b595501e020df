import { readdirSync, readFileSync } from 'node:fs';

/** Of a clock tick in /proc: Linux has had 100 a second on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

/** CPU time that a process has used so far, in user and system mode, all threads. NaN where there is no /proc. */
export function cpuSeconds(pid: number | undefined): number {
  const fields = statOf(pid);
  return fields === null ? Number.NaN : (Number(fields[UTIME]) + Number(fields[STIME])) / TICKS_PER_SECOND;
}

/** The process that this one started whose command line holds `text`; undefined where there is none, or no /proc. */
export function findChild(text: string): number | undefined {
  return childrenOfThis().find((pid) => read(`/proc/${pid}/cmdline`)?.includes(text) === true);
}

function childrenOfThis(): number[] {
  try {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return pids.map(Number).filter((pid) => Number(statOf(pid)?.[PARENT]) === process.pid);
  } catch {
    return [];
  }
}

/** Places behind the command's name in /proc/<pid>/stat; see proc_pid_stat(5). */
const PARENT = 1;
const UTIME = 11;
const STIME = 12;

function statOf(pid: number | undefined): readonly string[] | null {
  const text = pid === undefined ? null : read(`/proc/${pid}/stat`);
  // The name is in brackets, and may hold any character.
  return text === null ? null : text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
