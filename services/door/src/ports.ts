import type { SchemaIds } from '@tidemark/contracts';
import type { IngestState, RawLog } from '@tidemark/runtime';
import type { Clock } from '@tidemark/stream';
import type { DoorObserver } from '@tidemark/telemetry';
import type { Logger } from 'pino';
import type { SourceBook } from './sources/source-book.ts';

/** What the door needs of the world. */
export interface DoorPorts {
  readonly log: RawLog;
  readonly schemaIds: SchemaIds;
  /** Whether events of today have a place, and under which policy. */
  state(): Promise<IngestState>;
  readonly sources: { readonly current: SourceBook };
  readonly observer: DoorObserver;
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
  readonly clock: Clock;
}

export interface DoorOptions {
  /** Whether only names of this machine are taken as `host`: a page must not reach it under a name of its own. */
  readonly isLocal: boolean;
}
