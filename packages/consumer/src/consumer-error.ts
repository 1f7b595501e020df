import { TidemarkError } from '@tidemark/domain';

/**
 * Why tier changes could not be consumed.
 * - `unreachable`: no connection, one that broke or ended, or one that fell silent. Tried again for ever.
 * - `unavailable`: Tidemark asked to come back later. Tried again for ever.
 * - `not-authorised`: the token is missing, wrong, or not for this.
 * - `bad-cursor`: Tidemark does not know the stored place: it belongs to another pipeline.
 * - `unexpected-answer`: the answer is not Tidemark's.
 * - `number-skipped`: a lane's changes have a gap. Going on would lose changes silently.
 * - `handler-failed`: `handle` threw as often as allowed.
 * - `place-unreadable`, `place-not-stored`: the place could not be loaded or saved.
 */
export type ConsumerErrorCode =
  | 'unreachable'
  | 'unavailable'
  | 'not-authorised'
  | 'bad-cursor'
  | 'unexpected-answer'
  | 'number-skipped'
  | 'handler-failed'
  | 'place-unreadable'
  | 'place-not-stored';

/** What stops a consumer, or for a retriable code what makes it connect again. Its place is that of the last changes handled. */
export class ConsumerError extends TidemarkError<ConsumerErrorCode> {
  override readonly name = 'ConsumerError';
  /** How long the server asked to wait, if it did. */
  readonly retryAfterMs: number | null;

  constructor(
    code: ConsumerErrorCode,
    message: string,
    options: { readonly retryAfterMs?: number | null; readonly cause?: unknown } = {},
  ) {
    super(code, message, { retriable: code === 'unreachable' || code === 'unavailable', cause: options.cause });
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}
