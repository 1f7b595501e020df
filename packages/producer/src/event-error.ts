import { TidemarkError } from '@tidemark/domain';
import type { EventTopic } from './event-records.ts';

/** One thing wrong with an event. Says what was found by its kind and size; never quotes a value. */
export interface FieldProblem {
  /** Its path, such as `items[2].quantity`; `(event)` for the event as a whole. */
  readonly field: string;
  readonly expected: string;
  readonly found: string;
}

/** An event that Tidemark would refuse. Nothing was sent; sending it again changes nothing. */
export class EventError extends TidemarkError<'invalid-event'> {
  override readonly name = 'EventError';
  readonly topic: EventTopic;
  /** At least one, at most 20. */
  readonly problems: readonly FieldProblem[];

  constructor(topic: EventTopic, problems: readonly FieldProblem[]) {
    const sentences = problems.map(({ field, expected, found }) => `${field}: expected ${expected}, found ${found}`);
    super('invalid-event', `event for ${topic} refused: ${sentences.join('; ')}`);
    this.topic = topic;
    this.problems = problems;
  }
}
