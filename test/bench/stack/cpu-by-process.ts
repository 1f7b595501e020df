import type { Program } from '../../stack/service-process.ts';
import { cpuSeconds, findChild } from './cpu-seconds.ts';

/** How a server that this process started is found by its command line. */
const SERVERS = { Kafka: 'kafka.Kafka', Redis: 'redis-server' } as const;

/** CPU seconds by service, and by server where this process started it. */
export type CpuByProcess = Readonly<Record<string, number>>;

/** Counts from now on. What it returns tells the CPU seconds used since. */
export function watchCpu(
  services: readonly (Pick<Program, 'child'> & { readonly name: string })[],
): () => CpuByProcess {
  const servers = Object.entries(SERVERS).map(([name, text]) => ({ name, pid: findChild(text) }));
  const processes = [...services.map(({ name, child }) => ({ name, pid: child.pid })), ...servers];
  const known = processes.filter(({ pid }) => pid !== undefined);
  const before = known.map(({ pid }) => cpuSeconds(pid));
  return () => Object.fromEntries(known.map(({ name, pid }, i) => [name, cpuSeconds(pid) - (before[i] ?? 0)]));
}
