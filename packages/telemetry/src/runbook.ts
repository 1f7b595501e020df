import type { FaultCode, OperatingErrorCode } from '@tidemark/stream';

/**
 * Where the runbook says what a thing means and what to do: a page and its section, from the repository's root. Of a dead
 * letter's reason that only a newer build knows the page is right.
 */
export const runbook = {
  fault: (code: FaultCode) => `docs/runbook/faults.md#${code}`,
  outage: (code: OperatingErrorCode) => `docs/runbook/outages.md#${code}`,
  deadLetter: (reason: string) => `docs/runbook/dead-letters.md#${reason}`,
  alert: (name: string) => `docs/runbook/alerts.md#${name.toLowerCase()}`,
} as const;
