// A test that never gives the processor back is not ended by its time limit, and the run would never end. Where no file has
// ended for long, this reporter names those that run and ends the process group: `scripts/verify.ts` gives Vitest its own.

import { relative } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';

/** The longest file takes 4 minutes on two cores. */
const STUCK_AFTER_MS = 20 * 60_000;

// biome-ignore lint/style/noDefaultExport: Vitest takes a reporter of a file so.
export default class StuckFilesReporter implements Reporter {
  readonly #running = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  onTestModuleStart({ moduleId }: TestModule): void {
    this.#running.add(relative(process.cwd(), moduleId));
    this.#wait();
  }

  onTestModuleEnd({ moduleId }: TestModule): void {
    this.#running.delete(relative(process.cwd(), moduleId));
    this.#wait();
  }

  onTestRunEnd(): void {
    clearTimeout(this.#timer);
  }

  #wait(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const files = [...this.#running].join(', ');
      process.stderr.write(`\nNo test file ended within ${STUCK_AFTER_MS / 60_000} minutes. Running: ${files}\n`);
      process.kill(0, 'SIGKILL');
    }, STUCK_AFTER_MS);
  }
}
