import type { Outcome } from '@tidemark/segment';

/** Enough to mend a program by. */
const ERRORS_MAX = 3;

/** What a server is told of its events, by their place in the batch. Of values kind and size alone; of an event its id. */
export function answerOf(outcomes: readonly Outcome[], sourceName: string): object {
  let [accepted, held] = [0, 0];
  const [ignored, refused]: object[][] = [[], []];
  const warnings: Record<string, number> = {};
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.verdict === 'ignored') ignored?.push({ index, reason: outcome.reason });
    else if (outcome.verdict === 'refused') {
      const messageId = outcome.eventId.slice(sourceName.length + 1);
      refused?.push({ index, messageId, reason: outcome.reason, errors: outcome.errors.slice(0, ERRORS_MAX) });
    } else {
      accepted++;
      if (outcome.isHeld) held++;
      for (const [code, count] of outcome.warnings) warnings[code] = (warnings[code] ?? 0) + count;
    }
  }
  return {
    success: true,
    accepted,
    ...(held > 0 && { held }),
    ignored,
    refused,
    ...(Object.keys(warnings).length > 0 && { warnings }),
  };
}
