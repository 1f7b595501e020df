import { type DeadLetterReason, isHeldId } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { EventError, type FieldProblem } from '@tidemark/producer';
import { readEvent } from '@tidemark/producer/encode-event';
import type { Draft } from './draft.ts';
import { type Outcome, Refusal, type SourceRecord } from './outcome.ts';

/**
 * What becomes of a draft: its records, checked as any producer's are. `drafted` throws a Refusal where the event cannot be
 * taken; it never throws anything else, whatever the event holds.
 */
export function conclude(eventId: string, earliestAt: TimeMs, drafted: () => Draft): Outcome {
  try {
    const draft = drafted();
    const { warnings } = draft;
    if (draft.ignored !== null) return { verdict: 'ignored', eventId, reason: draft.ignored };
    const records = draft.records.map(({ topic, event }) => {
      return { topic, event: readEvent(topic, event, earliestAt) } as SourceRecord;
    });
    const [first] = records;
    if (first === undefined) return { verdict: 'ignored', eventId, reason: 'not-allowed' };
    const isHeld = isHeldId(first.event.customerId);
    return { verdict: 'accepted', eventId: first.event.eventId, records, warnings, isHeld };
  } catch (error) {
    if (error instanceof Refusal) return refused(eventId, error.reason, [error.problem]);
    if (error instanceof EventError) return refused(eventId, reasonOf(error.problems), error.problems);
    throw error;
  }
}

function refused(eventId: string, reason: DeadLetterReason, errors: readonly FieldProblem[]): Outcome {
  return { verdict: 'refused', eventId, reason, errors };
}

function reasonOf([first]: readonly FieldProblem[]): DeadLetterReason {
  return (first === undefined ? undefined : REASONS.get(first.field)) ?? 'invalid-field';
}

const REASONS: ReadonlyMap<string, DeadLetterReason> = new Map([
  ['occurredAt', 'invalid-time'],
  ['currency', 'unknown-currency'],
]);
