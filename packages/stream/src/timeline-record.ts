import type { CustomerId, Policy, TimelineEvent, TimeMs } from '@tidemark/domain';
import type { LogRecord, Offset, Topic } from './ports/event-log.ts';

/** Where a timeline record came from: a record of a raw topic in the same lane. */
export interface Origin {
  readonly topic: Topic;
  readonly offset: Offset;
}

/** A record of the timeline with its headers read; the value stays encoded until a fold wants it. */
export interface TimelineRecord {
  readonly offset: Offset;
  readonly type: string;
  /** Null for records that concern no single customer: ticks and control records. */
  readonly customerId: CustomerId | null;
  readonly logTime: TimeMs;
  /** Null for ticks that unify made of its own clock. */
  readonly origin: Origin | null;
  /** `origin` as people read it, such as `orders:123`. */
  readonly originText: string | null;
  readonly eventId: string | null;
  /** Which clock the lane runs on: the replayer's, or the wall clock. */
  readonly clock: 'event' | 'live';
  /** When the log took the raw record; null on the event clock and on ticks. */
  readonly rawAppendedAtMs: number | null;
  /** What the value was written with, as the log names it; null for ticks, which have none. */
  readonly schema: string | null;
  /** Of an id that nobody knows the person of yet: it moves the clock, and is no step of any fold. */
  readonly isHeld?: true | undefined;
  readonly source: LogRecord;
}

export interface PolicyInForce {
  readonly number: number;
  /** The policy as JSON, as it stands in the log. */
  readonly document: string;
  /** How the document is to be read, from 1. */
  readonly format: number;
  readonly policy: Policy;
  /** Of a lane's first policy: the fold versions that tell from its start, other than the first releases', by service. */
  readonly versions?: Readonly<Record<string, number>>;
}

/** From here on this version of a fold tells its changes. */
export interface Cutover {
  /** The fold's service. */
  readonly facet: string;
  readonly version: number;
}

/** How timeline records are read; given by the wiring, since this package knows no encoding. Throws what is corrupt. */
export interface TimelineReader {
  record(record: LogRecord): TimelineRecord;
  event(record: TimelineRecord): TimelineEvent;
  policy(record: TimelineRecord): PolicyInForce;
  cutover(record: TimelineRecord): Cutover;
  /** Reads the policy back from the document of a `PolicyInForce` and its format. */
  policyOf(document: string, format: number): Policy;
}
