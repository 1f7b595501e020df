import type { CustomerNow } from '../state/describe-customer.ts';

/** The profile as one line of JSON; times are ISO 8601. */
export function profileJson({ customerId, at, scores, tier }: CustomerNow): string {
  const timed = Object.entries(scores).map(([name, score]) => {
    if (score === null) return [name, null];
    return [name, { ...score, next: score.next === null ? null : { ...score.next, at: isoOf(score.next.at) } }];
  });
  return JSON.stringify({
    customerId,
    at: isoOf(at),
    tier: tier === null ? null : tierJson(tier),
    ...Object.fromEntries(timed),
  });
}

function tierJson({ tier, points, since, belowSince, changes, reasons, next }: NonNullable<CustomerNow['tier']>) {
  return {
    tier,
    points,
    since: isoOf(since),
    belowSince: belowSince === null ? null : isoOf(belowSince),
    changes,
    reasons,
    next: next === null ? null : { ...next, at: isoOf(next.at) },
  };
}

function isoOf(time: number): string {
  return new Date(time).toISOString();
}
