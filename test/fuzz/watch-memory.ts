import { setTimeout as sleep } from 'node:timers/promises';

export interface MemoryPeak {
  /** Greatest resident set that was seen, bytes. */
  readonly residentBytes: number;
  /** Greatest use of the heap that was seen, bytes. */
  readonly heapBytes: number;
}

const EVERY_MS = 1_000;

/** Asks a process for its metrics until `stop`, which gives the greatest memory that it had. */
export function watchMemory(url: string): { stop(): Promise<MemoryPeak> } {
  const stopping = new AbortController();
  const peak = { residentBytes: 0, heapBytes: 0 };
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      const metrics = await readMetrics(url);
      peak.residentBytes = Math.max(peak.residentBytes, sumOf(metrics, 'process_resident_memory_bytes'));
      peak.heapBytes = Math.max(peak.heapBytes, sumOf(metrics, 'nodejs_heap_size_used_bytes'));
      await sleep(EVERY_MS);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await watching;
      return peak;
    },
  };
}

export async function readMetrics(url: string): Promise<string> {
  return (await fetch(`${url}/metrics`)).text();
}

/** All series of a metric, or those with a label's value, added up. */
export function sumOf(metrics: string, name: string, label = ''): number {
  const series = metrics.split('\n').filter((line) => /^[a-z]/.test(line) && line.split(/[{ ]/)[0] === name);
  return series.filter((line) => line.includes(label)).reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
