import type { Explanation } from '@tidemark/reading';

/** The explanation as one line of JSON; times are ISO 8601. */
export function explanationJson({ tier, lastChange, next, ...explanation }: Explanation): string {
  return JSON.stringify({
    ...explanation,
    at: isoOf(explanation.at),
    tier: { ...tier, since: isoOf(tier.since), belowSince: isoOf(tier.belowSince) },
    lastChange: lastChange === null ? null : lastChangeJson(lastChange),
    next: next.map((step) => ({ ...step, at: isoOf(step.at) })),
  });
}

function lastChangeJson({ causes: _, ...change }: NonNullable<Explanation['lastChange']>) {
  return {
    ...change,
    effectiveAt: isoOf(change.effectiveAt),
    because: change.because.map(({ record, ...cause }) => ({
      ...cause,
      record: record === null ? null : { ...record, occurredAt: isoOf(record.occurredAt) },
    })),
  };
}

function isoOf(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
