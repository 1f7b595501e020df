import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TierChangeJson } from '@tidemark/contracts';
import type { CustomerId, TimeMs } from '@tidemark/domain';
import type { EncodedEvent, EventTopic } from '@tidemark/producer';
import type {
  CustomerNow,
  Explanation,
  LanePlace,
  Page,
  TierChangeEntry,
  TierMember,
  TimelineEntry,
} from '@tidemark/reading';
import type { IngestState, RecordPosition } from '@tidemark/runtime';
import type { Clock } from '@tidemark/stream';
import type { Logger } from 'pino';

/** What the server needs of the world. */
export interface ServerPorts {
  readonly reader: Reader;
  readonly ingest: EventIngest;
  readonly telemetry: OperationsPort;
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
  readonly clock: Clock;
  /** What else is served on the same port. */
  readonly beside?: Beside;
}

/** Takes the requests of its own addresses, and checks them itself: neither tokens nor limits of this server hold there. */
export interface Beside {
  owns(url: string): boolean;
  handle(request: IncomingMessage, response: ServerResponse): void;
}

/** The reading functions of @tidemark/reading, bound to a log and a store. Null: there is no such customer or tier. */
export interface Reader {
  readCustomer(customerId: CustomerId): Promise<CustomerNow | null>;
  explainCustomer(customerId: CustomerId): Promise<Explanation | null>;
  readTimeline(customerId: CustomerId, page: PageRequest): Promise<Page<TimelineEntry> | null>;
  readTierChanges(customerId: CustomerId, page: PageRequest): Promise<Page<TierChangeEntry> | null>;
  readTiers(): Promise<readonly TierCount[]>;
  readTier(tier: string, page: PageRequest): Promise<Page<TierMember> | null>;
  readLanes(): Promise<readonly LanePlace[]>;
  /**
   * Every tier change from a place on, then those to come, until `signal` aborts. Rejects before the first change where
   * the place is no place (`invalid-cursor`) or the log is away.
   */
  openTierChanges(from: StreamStart, signal: AbortSignal): Promise<TierChangeStream>;
}

export interface PageRequest {
  readonly cursor: string | null;
  readonly limit: number;
}

export interface TierCount {
  readonly tier: string;
  readonly customers: number;
}

/** Where a stream starts: at the first change kept, at the next to come, or behind the one that gave this cursor. */
export type StreamStart = 'start' | 'end' | { readonly cursor: string };

export interface TierChangeStream {
  /** Where it starts. */
  readonly cursor: string;
  readonly changes: AsyncGenerator<FollowedTierChange, void>;
}

export interface FollowedTierChange {
  readonly change: TierChangeJson;
  /** Given back, the stream goes on behind this change. */
  readonly cursor: string;
}

/** Takes events into the raw topics. */
export interface EventIngest {
  /** Throws EventError, which says what is wrong with it. `earliestAt`: null for the default. */
  encode(topic: EventTopic, event: unknown, earliestAt: TimeMs | null): EncodedEvent;
  /** Resolves once all are durable, with their positions in order. After a rejection some may be in the log. */
  send(topic: EventTopic, records: readonly EncodedEvent[]): Promise<readonly RecordPosition[]>;
  state(): Promise<IngestState>;
}

/** Health and metrics, from @tidemark/telemetry. */
export interface OperationsPort {
  /** In the text format of Prometheus. */
  metrics(): Promise<string>;
  live(): HealthReport | Promise<HealthReport>;
  ready(): Promise<HealthReport>;
}

export interface HealthReport {
  readonly ok: boolean;
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[];
}
