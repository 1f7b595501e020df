import { type CustomerId, compareCustomerIds, type TimeMs } from '@tidemark/domain';
import type {
  Encoded,
  FoldDeadLetter,
  Headers,
  RefusedRecord,
  StepPhase,
  TimelineRecord,
  Topic,
} from '@tidemark/stream';

/** What a service should have published. */
export interface PlainOutput {
  readonly service: string;
  readonly topic: Topic;
  readonly customerId: CustomerId;
  readonly value: Uint8Array;
  readonly headers: Headers;
  readonly timelineOffset: number;
  readonly effectiveAt: TimeMs;
  readonly phase: StepPhase;
  /** A change's number, dense per service, from 1; null for a dead letter. */
  readonly number: number | null;
}

export type Emit = (output: PlainOutput) => void;

/** A dead letter of a customer's step within a timeline record. */
export function deadLetterOutput(
  encoding: { deadLetter(letter: FoldDeadLetter): Encoded },
  letter: FoldDeadLetter,
  customerId: CustomerId,
  timelineOffset: number,
  phase: StepPhase,
): PlainOutput {
  const { value, headers } = encoding.deadLetter(letter);
  return {
    service: letter.service,
    topic: 'dead-letters',
    customerId,
    value,
    headers,
    timelineOffset,
    effectiveAt: letter.at,
    phase,
    number: null,
  };
}

/** A record that is refused itself: its raw record's place, its own bytes. */
export function refusedRecord({ origin, offset, source }: TimelineRecord): RefusedRecord {
  return {
    topic: origin === null ? 'timeline' : origin.topic,
    offset: origin === null ? offset : origin.offset,
    key: source.key,
    value: source.value,
    headers: source.headers,
  };
}

/** What is said of a step whose function threw. A RangeError is no customer's bug: it ends the program. */
export function poisonDetail(error: unknown): string {
  if (error instanceof RangeError) throw error;
  return `the fold threw ${error instanceof Error ? error.name : typeof error}`;
}

export function inOrder(customerIds: Iterable<CustomerId>): CustomerId[] {
  return [...customerIds].sort(compareCustomerIds);
}
