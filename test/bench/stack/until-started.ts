import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceProcess } from '../../stack/service-process.ts';
import { cpuSeconds } from './cpu-seconds.ts';

export interface Started {
  /** When the service had joined its group, ms since the epoch. */
  readonly atMs: number;
  /** CPU time that it had used by then. */
  readonly cpuSeconds: number;
}

const POLL_MS = 5;

/** Resolves once the service's log says that it has started. */
export async function untilStarted(service: ServiceProcess): Promise<Started> {
  while (!service.stderr.includes('"started"')) {
    if (!service.isRunning)
      throw new Error(`expected ${service.name} to start, found that it ended: ${service.stderr}`);
    await sleep(POLL_MS);
  }
  return { atMs: Date.now(), cpuSeconds: cpuSeconds(service.child.pid) };
}
