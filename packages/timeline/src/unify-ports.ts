import type { RawDecoder } from '@tidemark/contracts';
import type { Clock, EventLog, InputBounds, SharedWriter } from '@tidemark/stream';
import type { UnifyRules } from './unify-rules.ts';

export interface UnifyOptions {
  readonly input: InputBounds;
  /**
   * Raw records and bytes taken into one send; records at most `TAIL_RECORDS_MIN`, and half of it at most where a batch is
   * not to wait for the commit of the one before.
   */
  readonly batchRecordsMax: number;
  readonly batchBytesMax: number;
  /** A raw record's key and value may have this many bytes together. */
  readonly recordBytesMax: number;
  /** A lane on the wall clock that was silent for this long gets a tick. */
  readonly tickMs: number;
  readonly retryMs: number;
}

export interface UnifyPorts {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly writer: SharedWriter;
  readonly decoder: RawDecoder;
  readonly rules?: UnifyRules | undefined;
}
