import type { IncomingMessage } from 'node:http';
import type { TimeMs } from '@tidemark/domain';
import type { IngestState } from '@tidemark/runtime';
import type { Outcome } from '@tidemark/segment';
import type { DoorEventCount } from '@tidemark/telemetry';
import { Refused } from '../http/answer.ts';
import type { BodyBudget } from '../http/body-budget.ts';
import type { RateLimits } from '../http/rate-limits.ts';
import type { Intake } from '../intake/intake.ts';
import type { DoorSource } from '../sources/door-source.ts';
import type { SourceBook } from '../sources/source-book.ts';

/** What every route works with. */
export interface Surroundings {
  readonly intake: Intake;
  readonly budget: BodyBudget;
  readonly limits: RateLimits;
  state(): Promise<IngestState>;
}

/** A request, and what is told of it when it was answered. */
export interface DoorRequest {
  readonly raw: IncomingMessage;
  readonly book: SourceBook;
  readonly receivedAt: TimeMs;
  source: DoorSource | null;
  bodyBytes: number;
  events: DoorEventCount[];
  /** By how much the clock that sent it was behind; null where it did not say. */
  skewSeconds: number | null;
}

/** Under which policy events are mapped. */
export interface InForce {
  readonly earliestAt: TimeMs | undefined;
  readonly currency: string;
}

const PASSES_SOON_SECONDS = 5;
const PASSES_LATER_SECONDS = 30;

/** Throws `Refused` where events of today have no place. */
export function inForce({ lanes, earliestAt, currency }: IngestState): InForce {
  if (lanes === 'replaying') {
    throw new Refused(
      503,
      'expected a live pipeline, found one that replays history. Nothing was written; go live with `npx tidemark up --live`',
      PASSES_LATER_SECONDS,
    );
  }
  if (lanes === 'ahead') {
    throw new Refused(
      503,
      "expected lanes on today's clock, found one ahead of it. Nothing was written; docs/runbook/alerts.md#tidemarklaneclockahead says what to do",
      PASSES_LATER_SECONDS,
    );
  }
  if (lanes === 'unknown' || currency === null) {
    throw new Refused(
      503,
      'expected to know whether lanes are live and under which policy, found that it is not known yet. Nothing was written',
      PASSES_SOON_SECONDS,
    );
  }
  return { earliestAt: earliestAt ?? undefined, currency };
}

/** Counts for the metrics: by type and verdict. */
export function countOf(type: string, outcome: Outcome): DoorEventCount {
  const { verdict } = outcome;
  return { type, verdict, reason: verdict === 'refused' ? outcome.reason : null };
}
