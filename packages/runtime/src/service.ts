import type { RegistrySchemaIds } from '@tidemark/kafka';
import type { RedisStore } from '@tidemark/redis';
import type { Clock, EventLog, ProfileReader } from '@tidemark/stream';
import type { Telemetry } from '@tidemark/telemetry';
import type { Logger } from 'pino';
import type { ServiceSettings } from './settings.ts';

/** What a service may need besides the log. */
interface Parts {
  /** The state, in Redis. */
  readonly store: RedisStore;
  /** Where the folds' timers are, as a hint: asked as soon as the state in Redis is there, which nobody waits for. */
  readonly timers: Pick<ProfileReader, 'firstTimerAfter'>;
  /** The schemas of raw records, from the registry. */
  readonly schemaIds: RegistrySchemaIds;
}

export type Need = keyof Parts;

/** What a service is started with; all of it is there and right. */
export type ServiceContext<Needed extends Need = Need> = Pick<Parts, Needed> & {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly settings: ServiceSettings;
  readonly telemetry: Telemetry;
  readonly logger: Logger;
  /** To be told of an error that ends the process: a bug, or what does not pass. */
  crashed(error: unknown): void;
};

export interface RunningPart {
  /** Finishes what is under way, relays it, leaves the group. */
  stop(): Promise<void>;
  /** Why nothing is left to do for this process, for its last log line; null while there is. */
  endedBy?(): string | null;
}

/** A service as a process: its name, what it needs, and how it starts. */
export interface ServiceDefinition<Needed extends Need> {
  readonly name: string;
  readonly needs: readonly Needed[];
  /** Retried while what it rejects with passes by itself; `StartRefused` ends the process. */
  start(context: ServiceContext<Needed>): Promise<RunningPart>;
}
