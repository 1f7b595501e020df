import type { RawDecoder } from '@tidemark/contracts';
import type { Clock, EventLog, InputBounds, SharedWriter } from '@tidemark/stream';
import type { TimerHint } from './quiet-ticks.ts';
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
  /** A lane on the wall clock that was silent for this long gets a tick where a timer waits for one. */
  readonly tickMs: number;
  /** One that was silent for this long gets a tick in any case. */
  readonly quietTickMs: number;
  readonly retryMs: number;
}

export interface UnifyPorts {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly writer: SharedWriter;
  readonly decoder: RawDecoder;
  /** Where timers are; without it, or while it does not answer, a silent lane gets a tick every `tickMs`. */
  readonly timers?: TimerHint | undefined;
  readonly rules?: UnifyRules | undefined;
}
